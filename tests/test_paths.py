"""Files that are written as a whole, or not at all."""

import os
import sys
from pathlib import Path

import pytest

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import DATA_DIR_VARIABLE, data_dir, replacing, write_whole


def test_a_file_is_replaced_when_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")
    with replacing(file) as temporary:
        temporary.write_bytes(b"new")
        assert file.read_bytes() == b"old"

    assert [(found, found.read_bytes()) for found in tmp_path.iterdir()] == [(file, b"new")]


def test_a_failure_leaves_the_file_unchanged_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")

    def fail_halfway() -> None:
        with replacing(file) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert [(found, found.read_bytes()) for found in tmp_path.iterdir()] == [(file, b"old")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_file_is_its_owners_alone_unless_more_is_said(tmp_path: Path) -> None:
    write_whole(tmp_path / "secret", b"")
    write_whole(tmp_path / "public", b"", mode=0o644)

    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("secret", "public")]
    assert modes == [0o600, 0o644]


def test_a_file_that_must_survive_a_crash_is_on_the_disk_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bytes] = []
    monkeypatch.setattr("os.fsync", lambda number: flushed.append(os.pread(number, 9, 0)))
    with replacing(tmp_path / "file", durable=True) as temporary:
        temporary.write_bytes(b"new")
    assert flushed == [b"new"]


@pytest.mark.parametrize("path", [None, "~/.local/share/talentlms-mock"])
def test_user_without_a_home_is_told_to_name_a_directory(
    path: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def user_data_dir(*_: object, **__: object) -> str:
        if path is None:
            raise RuntimeError("could not determine the home directory")
        return path

    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    monkeypatch.setattr("talentlms_mock.paths.user_data_dir", user_data_dir)
    with pytest.raises(SetupError, match=r"no home directory.*TALENTLMS_MOCK_DATA_DIR"):
        data_dir()
