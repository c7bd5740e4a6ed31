"""What every server needs from the machine: a free port, and an end when its parent ends."""

import random
import shutil
import signal
import socket
from itertools import chain, cycle

HOST = "127.0.0.1"


# Below the ports that Linux (32768…) and macOS (49152…) give to outgoing connections: one of those could take a port
# between our asking whether it is free and the server's listening on it. In an order of each process's own.
_PORTS = cycle(random.sample(range(20_000, 32_768), k=12_768))


def free_port(wanted: int = 0) -> int:
    """Return the TCP port `wanted` if nobody listens on it, else some free one. 0: any.

    No port is returned twice by one process before thousands of others were.
    """
    return next(port for port in chain([wanted] if wanted else [], _PORTS) if _is_free(port))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def listens(port: int) -> bool:
    """Whether some process on this machine takes connections on the TCP port `port`."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def tied_to_parent(command: list[str], signal_: signal.Signals) -> list[str]:
    """Return `command` made so that the kernel sends it `signal_` when its parent ends, however that ends.

    Where there is no setpriv (macOS), it stays as it is: a child whose parent was killed hard lives on.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal_.name.removeprefix("SIG"), "--", *command] if setpriv else command
