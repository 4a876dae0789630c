"""A suite of many tests, each with a portal of its own, beside one with hand-written handlers."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from talentlms_mock.portal.state.clock import stopwatch

TESTS = 1_000
TARGET_SECONDS = 15

_OURS = f"""
import pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_it(talentlms, number):
    with talentlms.httpx_client() as client:
        assert client.get("/users/1").status_code == 200
        assert client.get("/users").status_code == 200
        both = {{"user_id": 20, "course_id": 13}}
        assert client.post("/enrollments", json=both).status_code == 400
"""

# The same three requests, over HTTPS too, with answers by hand of about the same size.
_BY_HAND = f"""
import httpx
import pytest
import trustme

AUTHORITY = trustme.CA(key_type=trustme.KeyType.ECDSA)

@pytest.fixture(scope="session")
def httpserver_ssl_context():
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context

@pytest.fixture(scope="session")
def trusting():
    import ssl
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context

@pytest.mark.parametrize("number", range({TESTS}))
def test_it(httpserver, trusting, number):
    user = {{"id": 1, "login": "ada", "name": "Ada", "surname": "Lovelace", "email": "a@b.c"}}
    httpserver.expect_request("/users/1").respond_with_json({{"_data": user}})
    httpserver.expect_request("/users").respond_with_json({{"_data": [user] * 10}})
    httpserver.expect_request("/enrollments", method="POST").respond_with_json(
        {{"error": {{"message": "no"}}}}, status=400
    )
    with httpx.Client(base_url=httpserver.url_for(""), verify=trusting) as client:
        assert client.get("/users/1").status_code == 200
        assert client.get("/users").status_code == 200
        both = {{"user_id": 20, "course_id": 13}}
        assert client.post("/enrollments", json=both).status_code == 400
"""


def run() -> dict[str, Any]:
    """Return the seconds of both suites, in one process and in two."""
    ours, by_hand = ("talentlms", _OURS), ("pytest_httpserver", _BY_HAND)
    return {
        "tests": TESTS,
        "ours_s": _seconds(*ours),
        "ours_in_two_s": _seconds(*ours, "-n", "2"),
        "by_hand_s": _seconds(*by_hand),
        "by_hand_in_two_s": _seconds(*by_hand, "-n", "2"),
        "target_s": TARGET_SECONDS,
    }


def _seconds(plugin: str, suite: str, *words: str) -> float:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_it.py").write_text(suite, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist"]
        started = stopwatch()
        subprocess.run(
            [*command, "-p", plugin, *words],
            cwd=directory,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        )
        return stopwatch() - started
