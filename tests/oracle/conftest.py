"""What only `make oracle` runs: pm4py is AGPL, so it checks our exports and is never a dependency (ADR 0021)."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pm4py") else ["test_pm4py.py"]
