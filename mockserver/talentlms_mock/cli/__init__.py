"""The command `talentlms-mock`."""
