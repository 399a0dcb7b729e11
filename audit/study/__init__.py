"""What can be learnt from the record: time travel, explanations, what-if, exports for process mining."""
