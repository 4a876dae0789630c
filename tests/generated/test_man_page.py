"""The man page: it is what the command says, and a man page."""

import shutil
import subprocess

import pytest

from talentlms_mock.cli.main import main
from tests.generated.man_page import FILE, page

REFRESH = "run `make generated` when this is meant"


def test_the_man_page_is_that_of_the_command() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), REFRESH
    for name in main.commands:
        assert f".SS talentlms\\-mock {name}" in page()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_it_is_set_without_a_warning() -> None:
    words = ["groff", "-man", "-ww", "-Tascii", "-P-cbou", str(FILE)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=30)

    assert done.stderr == ""
    assert "talentlms-mock portal create [OPTIONS] [DOMAIN]" in done.stdout
    assert "--plan [core|grow|pro|" in done.stdout
