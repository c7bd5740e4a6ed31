"""A bridge on a machine where the codec zstd isn't installed."""

import sys

sys.modules["zstandard"] = None  # type: ignore[assignment]  # to import it is an ImportError from now on

from bridge.__main__ import main  # noqa: E402  (kafka-python looks for its codecs when it is imported)

main()
