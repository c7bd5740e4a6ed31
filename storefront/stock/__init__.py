"""Stock: what a message says, the rules on it, the one place that applies it, and what shoppers read."""
