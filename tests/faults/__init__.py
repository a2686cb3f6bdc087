"""Faults thrown at a run of the pipeline on a small slice, and what becomes of it. ``python -m tests.faults``."""
