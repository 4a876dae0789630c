"""The pytest plugin `talentlms`: a portal of its own for every test."""
