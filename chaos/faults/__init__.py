"""The table of faults, one module for each piece of the world that can fail."""

from chaos.fault import FAULTS
from chaos.faults import bridge, input, kafka, network, postgres, redis, worker  # noqa: A004  (the table's order)

SELECTIONS = {
    "ci": ("worker-killed", "bridge-killed", "redis-wiped", "postgres-killed", "postgres-restored-from-backup"),
}
"""The few that show most, in less than three minutes."""

__all__ = ["FAULTS", "SELECTIONS", "bridge", "input", "kafka", "network", "postgres", "redis", "worker"]
