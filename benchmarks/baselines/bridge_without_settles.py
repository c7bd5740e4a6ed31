"""`python -m benchmarks.baselines.bridge_without_settles`: the shop's bridge, less the guarantee and what it costs."""

from collections.abc import Iterator
from unittest.mock import patch

from bridge.__main__ import main
from bridge.ledger import Chunk, Ledger
from bridge.request import Traffic


def _none(_ledger: Ledger, _traffic: Traffic) -> Iterator[Chunk]:
    return iter(())


with patch.object(Ledger, "due", _none):
    main()
