"""Faults: which requests to a portal fail, and how."""
