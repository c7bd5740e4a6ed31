"""What every process of the product needs: typed settings, log lines, text made safe to show."""
