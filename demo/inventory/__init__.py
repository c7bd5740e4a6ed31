"""A stand-in for the inventory system: publishes counts as the other team's program would."""
