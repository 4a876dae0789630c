"""The console costs nothing until somebody looks at it."""

import subprocess
import sys

_SCRIPT = """
import sys
from urllib.request import ProxyHandler, build_opener
from talentlms_mock import MockServer

def loaded():
    return [name for name in ("jinja2", "talentlms_mock.console.routes") if name in sys.modules]

with MockServer() as server:
    server.create_portal(dataset="empty")
    before = loaded()
    build_opener(ProxyHandler({})).open(server.console_url, timeout=60).read()
    print(before, loaded())
"""


def test_start_of_a_server_pays_nothing_for_the_console() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, check=True, text=True, timeout=120
    )
    assert done.stdout == "[] ['jinja2', 'talentlms_mock.console.routes']\n"


def test_templates_escape_everything() -> None:
    from talentlms_mock.console import rendering

    folder = rendering._HERE / "templates"
    for template in folder.iterdir():
        text = template.read_text(encoding="utf-8")
        for opening in ("|safe", "| safe", "autoescape", "Markup", "<style", "style=", "onclick"):
            assert opening not in text, template.name
        assert text.count("<script") == text.count('<script type="module" src="')
