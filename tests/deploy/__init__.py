"""What runs the shop elsewhere than in the demo: Flower's settings, compose file, image, systemd units."""
