"""Benchmarks: what each part of the machine costs, as ratios within one run; nothing here is asserted."""
