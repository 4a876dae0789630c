"""talentlms-mock healthcheck."""

import json
from importlib.metadata import version

from click.testing import CliRunner

from talentlms_mock import MockServer
from talentlms_mock.cli.main import main
from tests.cli.commands.conftest import Run
from tests.ports import held_port


def test_a_mock_that_answers_is_well(run: Run) -> None:
    with MockServer(control_token="a-token") as server:
        server.create_portal(dataset="empty")
        url = f"http://127.0.0.1:{server.http_port}"
        assert run("healthcheck", "--url", url) == (
            f"talentlms-mock {version('talentlms-mock')} answers at {url}, 1 portal.\n"
        )
        state = {"status": "ok", "version": version("talentlms-mock"), "portals": 1}
        assert json.loads(run("healthcheck", "--url", url, "--json")) == state


def test_no_mock_is_status_1() -> None:
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
    for wait in ("0", "0.1"):
        done = CliRunner().invoke(main, ["healthcheck", "--url", url, "--wait", wait])
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"Error: No mock answers at {url}: start one with ")
