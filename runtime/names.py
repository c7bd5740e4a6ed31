"""Names that both sides of the queue must agree on."""

QUEUE = "inventory"
