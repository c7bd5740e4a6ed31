"""What the shop is measured against: each the honest way somebody would write it, and none of it the shop's code."""
