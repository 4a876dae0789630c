"""Holding the mock's contract against a live portal, or against what was recorded with one."""
