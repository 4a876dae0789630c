"""`python -m talentlms_mock` is the command `talentlms-mock`."""

from talentlms_mock.cli.main import main

main(prog_name="talentlms-mock")
