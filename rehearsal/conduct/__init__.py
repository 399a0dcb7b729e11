"""What simulated people do about each kind of duty, one module for each procedure."""
