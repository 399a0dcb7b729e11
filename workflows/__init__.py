"""The procedures, and the two engines that run them."""
