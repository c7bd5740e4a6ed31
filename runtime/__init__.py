"""What every process of the product needs: typed settings, log lines, metrics, text made safe to show."""
