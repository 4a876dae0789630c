"""After traffic with every kind of fault nothing is left over."""

import json
import subprocess
import sys
from pathlib import Path

from tests.serving.soak import Counts

ROOT = Path(__file__).parents[2]
TOLERANCE = 1_000
"""Objects that may be more in the end; one kept for each request would make twice as many."""

_TIME_LIMIT = 300


def test_traffic_with_faults_leaves_nothing_over() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.serving.soak"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    before, *seen = (Counts(*counts) for counts in json.loads(done.stdout))

    files, threads, objects = zip(*seen[1:], strict=True)  # the first round fills caches
    assert set(files) == {files[0]}
    assert set(threads) == {before.threads}
    assert min(objects[-2:]) < max(objects[:2]) + TOLERANCE, objects
