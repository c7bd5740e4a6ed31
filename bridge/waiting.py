"""What the bridge waits for: said at once, then once a minute, and when it is over."""

import logging

log = logging.getLogger(__name__)

SAY_AGAIN_AFTER = 60.0  # seconds


class Waiting:
    """Keeps what is away from filling the log."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._said_at: dict[str, float] = {}
        self._why: dict[str, str] = {}

    def __str__(self) -> str:
        """What the bridge waits for and why, in one line; nothing where it doesn't wait."""
        return "; ".join(f"waiting for {what}: {why}" for what, why in self._why.items())

    def awaited(self) -> list[str]:
        """Return what the bridge waits for now; another thread may ask."""
        return list(self._since)

    def waits_for(self, what: str, why: str, now: float) -> None:
        """Say that the bridge waits for `what`, at most once a minute; `now` in seconds."""
        since = self._since.setdefault(what, now)
        self._why[what] = why
        if now - self._said_at.get(what, float("-inf")) < SAY_AGAIN_AFTER:
            return
        self._said_at[what] = now
        how_long = f", for {now - since:.0f} s now" if now > since else ""
        log.warning("waiting for %s%s: %s", what, how_long, why)

    def is_back(self, what: str, now: float) -> None:
        """Say that `what` is there again, if the bridge was waiting for it."""
        since = self._since.pop(what, None)
        self._said_at.pop(what, None)
        self._why.pop(what, None)
        if since is not None:
            log.info("no longer waiting for %s, after %.0f s", what, now - since)
