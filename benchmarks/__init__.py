"""How fast the shop is, each time against what somebody would write without it, measured in the same run."""
