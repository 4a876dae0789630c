"""`python -m mockserver` is the command `talentlms-mock`."""

from mockserver.cli import main

main(prog_name="talentlms-mock")
