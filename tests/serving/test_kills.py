"""A mock that is killed in the middle of its work loses nothing that it acknowledged."""

import sys
from pathlib import Path

import pytest

from tests.serving.kills import Kills


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_nothing_is_lost_however_a_mock_ends(tmp_path: Path) -> None:
    killed = Kills(tmp_path, seed=7)
    assert sum(killed.kill_once() for _ in range(5)) > 0
