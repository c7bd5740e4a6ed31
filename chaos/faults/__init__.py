"""The table of faults, one module for each piece of the world that can fail."""

from chaos.fault import FAULTS
from chaos.faults import worker

SELECTIONS = {"ci": ("worker-killed",)}

__all__ = ["FAULTS", "SELECTIONS", "worker"]
