"""A product's picture, drawn from its code: the same code is the same picture, on every page and every day.

Nine tiles, each a shape of two colours of one palette. Colours are SVG attributes, since the
Content-Security-Policy lets no inline style through.
"""

from dataclasses import dataclass
from hashlib import shake_128

SIDE = 3
TILE = 40

# The first is the ground that the other four stand on.
PALETTES = (
    ("#f4e9d8", "#e4572e", "#17363d", "#f3a712", "#5c9ead"),
    ("#e3ecf4", "#1f4e8c", "#f25f5c", "#ffe066", "#247ba0"),
    ("#eaf1e4", "#2d6a4f", "#95d5b2", "#f4a261", "#264653"),
    ("#f6e4e6", "#9d2b4b", "#f2a1a8", "#3d2c4f", "#e9b44c"),
    ("#ece6f5", "#5b3fa0", "#f28482", "#84a59d", "#2f2a4a"),
    ("#fbeedb", "#c8553d", "#588b8b", "#ffd5c2", "#28363d"),
    ("#dff0ee", "#0b7a75", "#d7c9aa", "#7b2d26", "#19535f"),
    ("#f3efe0", "#8a6d3b", "#3c6e71", "#d9b08c", "#353535"),
)

# Outlines within a tile of 40 by 40; each is also turned by a quarter, a half or three quarters.
SHAPES = (
    "M0 0H40A40 40 0 0 1 0 40Z",
    "M0 20A20 20 0 0 1 40 20Z",
    "M20 4A16 16 0 1 1 20 36A16 16 0 1 1 20 4Z",
    "M0 0H20A20 20 0 0 1 40 20V40H20A20 20 0 0 1 0 20Z",
    "M0 0L40 40H0Z",
    "M0 0H40V20A20 20 0 0 1 0 20Z",
    "M20 2L38 20L20 38L2 20Z",
    "M0 0H13V40H0ZM27 0H40V40H27Z",
)


@dataclass(frozen=True)
class Tile:
    """One tile: its corner, the turn (degrees), outline and colour of its shape, and perhaps its own ground."""

    x: int
    y: int
    turn: int
    outline: str
    ink: str
    ground: str | None


@dataclass(frozen=True)
class Picture:
    """A ground and the tiles on it."""

    ground: str
    tiles: list[Tile]


def picture_of(code: str) -> Picture:
    """Return the picture of the product with this code."""
    first, *numbers = shake_128(code.encode()).digest(1 + 3 * SIDE * SIDE)
    ground, *inks = PALETTES[first % len(PALETTES)]
    thirds = zip(*[iter(numbers)] * 3, strict=True)
    return Picture(ground, [_tile(place, inks, *third) for place, third in enumerate(thirds)])


def _tile(place: int, inks: list[str], shape: int, turn: int, colour: int) -> Tile:
    row, column = divmod(place, SIDE)
    ink = colour % len(inks)
    return Tile(
        x=column * TILE,
        y=row * TILE,
        turn=turn % 4 * 90,
        outline=SHAPES[shape % len(SHAPES)],
        ink=inks[ink],
        ground=inks[ink - 1] if colour & 0b11000 == 0 else None,
    )
