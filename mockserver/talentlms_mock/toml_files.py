"""The TOML files that come with the package or are the user's: where they are, and reading them."""

import os
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Any

from talentlms_mock.errors import SetupError


def folder(kind: str) -> Path:
    """Return where the files of a kind are that come with the package: `portals`, `scenarios`."""
    package = Path(__file__).parent
    installed = package / "data" / kind
    return installed if installed.is_dir() else package.parents[1] / "fixtures" / kind


def is_path(name: str) -> bool:
    """Return whether `name` is a path: it holds a path separator, or ends in `.toml`."""
    separators = {os.sep, os.altsep, "/"} - {None}
    return name.endswith(".toml") or any(str(separator) in name for separator in separators)


def read_text(path: Path) -> str:
    """Return the text of a user's file: UTF-8, or UTF-16 with the mark that Windows writes.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is in another encoding.
    """
    content = path.read_bytes()
    is_utf16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig").replace("\r\n", "\n")


def parse(path: Path, what: str) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises:
        SetupError: it cannot be read, or is no TOML; the sentence calls it a `what` file.
    """
    try:
        return tomllib.loads(read_text(path))
    except OSError as error:
        raise SetupError(
            f"The {what} file {path} cannot be read: {error.strerror or error}.", at=what
        ) from None
    except UnicodeDecodeError:
        raise SetupError(f"The {what} file {path} is not UTF-8.", at=what) from None
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"The {what} file {path} is not TOML: {error}.", at=what) from None
