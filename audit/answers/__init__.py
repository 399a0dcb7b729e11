"""The five answers for a case, each by a way of its own, and what no single case can show."""
