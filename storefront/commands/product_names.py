"""Products that a shop might really sell, made up by Faker."""

from dataclasses import dataclass
from decimal import Decimal
from string import ascii_uppercase, digits

from faker.providers import BaseProvider

ADJECTIVES = (
    "Classic", "Compact", "Everyday", "Foldable", "Handmade", "Little", "Modern",
    "Nordic", "Reclaimed", "Rustic", "Slim", "Stackable", "Sturdy", "Vintage",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Things that are made of the same materials and cost about the same, in whole units of money."""

    materials: tuple[str, ...]
    things: tuple[str, ...]
    lowest: int
    highest: int


FAMILIES = (
    Family(("Oak", "Walnut", "Birch", "Steel"), ("Stool", "Bookshelf", "Side Table", "Coat Rack", "Bench"), 39, 249),
    Family(("Linen", "Wool", "Cotton", "Velvet"), ("Cushion", "Throw", "Curtain", "Tablecloth", "Rug"), 12, 119),
    Family(("Ceramic", "Glass", "Copper", "Enamel"), ("Teapot", "Mug", "Bowl", "Vase", "Pitcher"), 7, 59),
    Family(("Brass", "Paper", "Rattan", "Opal Glass"), ("Table Lamp", "Pendant", "Lantern", "Floor Lamp"), 24, 189),
    Family(("Leather", "Canvas", "Felt", "Waxed Cotton"), ("Backpack", "Tote", "Wallet", "Laptop Sleeve"), 18, 149),
    Family(("Bamboo", "Slate", "Cork", "Marble"), ("Tray", "Cutting Board", "Trivet", "Soap Dish"), 6, 49),
)


@dataclass(frozen=True, slots=True)
class MadeUpProduct:
    """A product without a count."""

    code: str
    name: str
    price: Decimal


class ProductProvider(BaseProvider):
    """Gives a Faker the method `product()`."""

    def product(self) -> MadeUpProduct:
        """Return a product like JANW7810, Rustic Oak Stool, 47.53. Two may have the same name, rarely the same code."""
        choose = self.generator.random.choice
        family = choose(FAMILIES)
        name = f"{choose(ADJECTIVES)} {choose(family.materials)} {choose(family.things)}"
        cents = self.generator.random.randrange(family.lowest * 100, family.highest * 100)
        return MadeUpProduct(self.product_code(), name, Decimal(cents).scaleb(-2))

    def product_code(self) -> str:
        """Return four capitals and four digits."""
        choices = self.generator.random.choices
        return "".join(choices(ascii_uppercase, k=4) + choices(digits, k=4))
