"""What tests of the command share."""

from pathlib import Path

import pytest


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where no other test's mock can be found."""
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path))
    return tmp_path
