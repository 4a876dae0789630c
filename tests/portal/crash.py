"""A process that is killed in the middle of a commit."""

import subprocess
import sys
from pathlib import Path

_HALF_DONE = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 2")  # so that pages reach the file before the commit
database.execute("BEGIN")
database.execute("UPDATE users SET name = 'HALF'")
database.execute("DELETE FROM enrollments")
os._exit(9)
"""


def crash(file: Path) -> None:
    """Leave a portal's file half done, with the journal that can put it back."""
    done = subprocess.run([sys.executable, "-c", _HALF_DONE, file], check=False)
    assert done.returncode == 9
    assert Path(f"{file}-journal").stat().st_size > 0
