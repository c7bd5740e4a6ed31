"""What every server needs from the machine: a free port, and an end when its parent ends."""

import shutil
import signal
import socket

HOST = "127.0.0.1"


def free_port(wanted: int = 0) -> int:
    """Return the TCP port `wanted` if nobody listens on it, else some free one. 0: any."""
    try:
        with socket.create_server((HOST, wanted)) as server:
            return int(server.getsockname()[1])
    except OSError:
        return free_port()


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
