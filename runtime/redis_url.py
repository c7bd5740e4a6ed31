"""Which addresses of a Redis its three readers take alike: redis-py, kombu (the queue) and Celery (the answers)."""

import os
import re
from urllib.parse import parse_qsl, urlsplit

FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
VERIFY = "ssl_cert_reqs"
LEVELS = ("required", "optional", "none")
DATABASE = re.compile(r"(/[0-9]*)?")


def checked(url: str) -> str:
    """Return `url`; one with TLS says then that the server's certificate is verified, unless it says otherwise.

    Raises ValueError with what was expected instead: one reader or another fails there, or takes it otherwise.
    """
    _check_address(url)
    address = urlsplit(url)
    options = parse_qsl(address.query, keep_blank_values=True)
    _check_options(address.scheme, options)
    if address.scheme == "redis" or VERIFY in dict(options):
        return url
    # Celery refuses to start without it, and kombu would verify nothing.
    return address._replace(query="&".join(filter(None, [address.query, f"{VERIFY}=required"]))).geturl()


def _check_address(url: str) -> None:
    if not url.isprintable() or set(url) & set(" ;#"):
        raise ValueError("an address without blanks, ';' and '#' (%20, %3B and %23 in a password)")
    if not url.startswith(("redis://", "rediss://")) or not _has_host_and_port(url):
        raise ValueError("redis:// or rediss://, a host and, if need be, a port up to 65535")
    if not DATABASE.fullmatch(urlsplit(url).path):
        raise ValueError("the database's whole number after the host, such as /0")


def _has_host_and_port(url: str) -> bool:
    try:
        address = urlsplit(url)
        return bool(address.hostname) and address.port != 0
    except ValueError:
        return False


def _check_options(scheme: str, options: list[tuple[str, str]]) -> None:
    known = (VERIFY, *FILES)
    names = [name for name, _ in options]
    if scheme == "redis" and names:
        raise ValueError("no options after redis://; those of TLS need rediss://")
    if not set(names) <= set(known) or len(set(names)) < len(names):
        raise ValueError(f"no options but {', '.join(known)}, each once")
    for name, value in options:
        if name == VERIFY and value not in LEVELS:
            raise ValueError(f"{', '.join(LEVELS)} for {VERIFY}")
        if name in FILES and not (os.path.isfile(value) and os.access(value, os.R_OK)):  # noqa: PTH113
            raise ValueError(f"the path of a PEM file that this process can read for {name}")
