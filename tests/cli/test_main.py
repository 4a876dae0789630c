"""The command: what it prints, how it ends, and what it refuses."""

import json
import os
import re
import shlex
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from talentlms_mock import MockServer, SetupError
from talentlms_mock.api.ledger import deviations
from talentlms_mock.api.operation import REGISTRY
from talentlms_mock.cli.announcements import find, newest
from talentlms_mock.cli.main import main
from talentlms_mock.cli.printing import DOCUMENTATION, curl_line
from talentlms_mock.portal.state.clock import system_day
from talentlms_mock.tls.contexts import ca_file, client_context

Visit = Callable[[MockServer], None]
Serve = Callable[..., str]

ANY_PORTS = ("--https-port", "0", "--http-port", "0")


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TALENTLMS_MOCK_") and name != "TALENTLMS_MOCK_DATA_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def serve(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run `serve`, visit it, press Ctrl-C, and return what it printed."""

    def run(*arguments: str, visit: Visit = lambda server: None) -> str:
        failures: list[BaseException] = []

        def visit_and_stop(server: MockServer) -> None:
            try:
                visit(server)
            except BaseException as error:
                failures.append(error)
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        def serve_forever(server: MockServer) -> None:
            thread = threading.Thread(target=visit_and_stop, args=(server,))
            thread.start()
            original(server)
            thread.join(10)

        original = MockServer.serve_forever
        monkeypatch.setattr(MockServer, "serve_forever", serve_forever)
        with pytest.raises(SystemExit) as ended:
            main.main(["serve", *ANY_PORTS, *arguments], "talentlms-mock")
        printed = capsys.readouterr()
        assert (failures, ended.value.code, printed.err) == ([], 0, "")
        return printed.out

    return run


def _run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="talentlms-mock", env=env)


def _refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Run a command that is refused, and return what it says."""
    result = _run(*arguments, env=env)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def _settings(**options: Any) -> Callable[[MockServer], None]:
    """Return a visit that compares the settings of the portal served."""

    def visit(server: MockServer) -> None:
        (portal,) = server.portals
        assert {name: getattr(portal.settings, name) for name in options} == options

    return visit


def test_version() -> None:
    result = _run("--version")
    assert (result.exit_code, result.output) == (0, f"talentlms-mock {version('talentlms-mock')}\n")


def test_module_runs_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "talentlms_mock", "ca"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (run.stdout, run.stderr) == (f"{ca_file()}\n", "")


def test_serve_prints_how_to_talk_to_it_and_each_request(serve: Serve) -> None:
    base_urls, controls = [], []

    def visit(server: MockServer) -> None:
        (portal,) = server.portals
        base_urls.append(portal.base_url)
        controls.append(f"http://127.0.0.1:{server.http_port}/__mock__/portals/acme")
        with httpx.Client(verify=portal.ssl_context(), headers=portal.headers) as client:
            client.get(f"{portal.base_url}/users")
            client.get(f"{portal.base_url}/users/9999")
            client.get(f"{portal.base_url}/users", headers={"X-API-Key": "[bold]wrong"})
            client.get(f"{portal.base_url}/users", headers={"Accept": "*/*"})

    printed = serve("--domain", "acme", "--api-key", "a-key'", visit=visit)
    path = shlex.quote(str(ca_file()))
    expected = f"""\
talentlms-mock {version("talentlms-mock")}

Base URL   {base_urls[0]}
Domain     acme
API key    a-key'
Plan       core, 2,000 requests an hour and 200 in five seconds
Data       dataset demo, seed 42, 50 users
Preset     documented: as the vendor documents its API; --preset recorded answers as its servers did
Authority  {ca_file()}
Control    {controls[0]}
Console    {controls[0].replace("/portals/", "/console/portals/")}
Docs       {DOCUMENTATION}

curl --cacert {path} -H 'X-API-Key: a-key'"'"'' -H 'X-API-Version: 2025-07-01' \
-H 'Accept: application/json' {base_urls[0]}/users

Ctrl-C to stop.

TIME GET    /api/v2/users 200 N ms
TIME GET    /api/v2/users/9999 404 N ms  User not found
TIME GET    /api/v2/users 401 N ms  WHY
TIME GET    /api/v2/users 200 N ms  WARNING
"""
    printed = re.sub(r"^\d\d:\d\d:\d\d ", "TIME ", printed, flags=re.MULTILINE)
    printed = re.sub(r"\d+\.\d ms", "N ms", printed)
    printed = re.sub(r"(?<=401 N ms  ).+", "WHY", printed)
    printed = re.sub(r"(?<=users 200 N ms  ).+", "WARNING", printed)
    assert printed == expected


def test_open_shows_the_console_in_a_browser(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)

    def visit(server: MockServer) -> None:
        (address,) = opened
        answer = httpx.get(address)
        assert (answer.status_code, "acme.talentlms.com" in answer.text) == (200, True)

    serve("--domain", "acme", "--open", visit=visit)
    opened.clear()
    serve("--domain", "acme", visit=lambda server: None)
    assert opened == []


def test_curl_line_works_when_pasted(serve: Serve) -> None:
    answers: list[dict[str, Any]] = []

    def visit(server: MockServer) -> None:
        (portal,) = server.portals
        for path in ("/users", "/users?page[size]=1&filter[status][eq]=active"):
            run = subprocess.run(
                curl_line(portal, path),
                check=True,
                shell=True,
                capture_output=True,
                text=True,
                timeout=10,
            )
            answers.append(json.loads(run.stdout))

    serve("--users", "3", visit=visit)
    assert [len(answer["_data"]) for answer in answers] == [3, 1]


def test_serve_says_who_else_can_use_it(serve: Serve) -> None:
    ports = []
    printed = serve(
        "--host",
        "0.0.0.0",
        "--allow-http",
        visit=lambda server: ports.append(server.http_port),
    )
    printed, token = re.subn(r"(?<=Bearer )[\w-]{32}$", "TOKEN", printed, flags=re.MULTILINE)
    assert token == 1
    assert [line for line in printed.splitlines() if line.startswith("Note")] == [
        f"Note       http://127.0.0.1:{ports[0]} serves the API too (--allow-http), "
        "unlike the vendor.",
        "Note       Listening on 0.0.0.0: every machine that reaches this one can use the mock.",
        f"Note       http://127.0.0.1:{ports[0]}/__mock__/console/ asks once for the token below.",
        f"Note       http://127.0.0.1:{ports[0]}/__mock__ needs the header "
        "Authorization: Bearer TOKEN",
    ]


def test_serve_asks_for_the_token_given_and_lets_itself_be_found(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_CONTROL_TOKEN", "mine")
    found = []

    def visit(server: MockServer) -> None:
        found.append(newest() == server.address)
        answer = httpx.get(f"{server.control_url}/operations")
        found.append(answer.status_code == 401)
        found.append(_run("portal", "list", "--token", "mine").exit_code == 0)

    assert "Authorization: Bearer mine\n" in serve(visit=visit)
    assert found == [True, True, True]


def test_serve_begins_with_a_scenario_and_prints_what_faults_do(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[[faults]]\npath = "/users"\nempty = true\n'
        '[[faults]]\npath = "/health"\nmalformed_json = true\n'
    )
    monkeypatch.setenv("TALENTLMS_MOCK_SCENARIO", str(path))

    def visit(server: MockServer) -> None:
        (portal,) = server.portals
        with httpx.Client(verify=portal.ssl_context(), headers=portal.headers) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(f"{portal.base_url}/users")
            client.get(f"{portal.base_url}/health")

    printed = re.sub(r"\d+\.\d ms", "N ms", serve(visit=visit))
    printed = re.sub(r"^\d\d:\d\d:\d\d (?=GET)", "", printed, flags=re.MULTILINE)
    assert f"Note       The scenario {str(path)!r} is on.\n" in printed
    assert sorted(line for line in printed.splitlines() if line.startswith("GET")) == [
        "GET    /api/v2/health 200 N ms  fault 2: /health -> malformed_json",
        "GET    /api/v2/users no response N ms  fault 1: /users -> empty",
    ]


def test_scenario_that_is_not_there_is_refused() -> None:
    assert _refused("serve", *ANY_PORTS, "--scenario", "flakey") == (
        "Error: There is no scenario 'flakey' (did you mean 'flaky'?).\n"
    )


def test_serve_lets_its_proxy_be_found_and_prints_what_that_refuses(serve: Serve) -> None:
    ports = []

    def visit(server: MockServer) -> None:
        ports.append(server.proxy_port)
        assert find(server.proxy_port) == server.address
        with (
            httpx.Client(proxy=f"http://127.0.0.1:{server.proxy_port}", trust_env=False) as client,
            pytest.raises(httpx.ProxyError),
        ):
            client.get("https://example.com/")

    lines = serve("--proxy-port", "0", visit=visit).splitlines()
    assert (
        f"Note       The proxy listens on port {ports[0]}: `talentlms-mock env` prints the "
        "variables that make a program use it."
    ) in lines
    assert lines[-1].startswith("CONNECT example.com:443 403  The mock's proxy serves only ")
    with pytest.raises(SetupError):
        find(ports[0])


@pytest.mark.parametrize(
    ("more", "note"), [((), "1 portal is kept"), (("beta",), "2 portals are kept")]
)
def test_serve_says_how_many_portals_it_keeps(
    serve: Serve, tmp_path: Path, more: tuple[str, ...], note: str
) -> None:
    folder = tmp_path / "kept"
    with MockServer(databases=folder) as server:
        for domain in ("acme", *more):
            server.create_portal(domain=domain, dataset="empty")
    printed = serve("--databases", str(folder))
    assert f"{note} in {folder}." in " ".join(printed.split())
    assert "Domain     acme" in printed


def test_flag_beats_environment_beats_file(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "mock.toml"
    config.write_text(
        'domain = "file"\nplan = "grow"\nburst_limit = 7\napi_key = "of-file"\n'
        '[quirks]\nerror_shape = "flat"\nretry_after = "on"\n'
    )
    monkeypatch.setenv("TALENTLMS_MOCK_CONFIG", str(config))
    monkeypatch.setenv("TALENTLMS_MOCK_PLAN", "pro")
    monkeypatch.setenv("TALENTLMS_MOCK_DOMAIN", "environment")
    serve(
        *("--domain", "flag", "--quirk", "error_shape=wrapped"),
        visit=_settings(domain="flag", plan="pro", limit=10_000, burst_limit=7, api_key="of-file"),
    )
    serve(
        *("--quirk", "error_shape=wrapped"),
        visit=lambda server: _quirks_are(server, error_shape="wrapped", retry_after="on"),
    )


def _quirks_are(server: MockServer, **quirks: str) -> None:
    (portal,) = server.portals
    assert {name: portal.settings.quirks[name] for name in quirks} == quirks


def test_the_rule_for_tasks(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(visit=_settings(tasks="polls:2"))
    serve("--tasks", "seconds:30", visit=_settings(tasks="seconds:30"))
    monkeypatch.setenv("TALENTLMS_MOCK_TASKS", "manual")
    serve(visit=_settings(tasks="manual"))


def test_quirks_of_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_QUIRK", "error_shape=flat accept=strict")
    serve(visit=lambda server: _quirks_are(server, error_shape="flat", accept="strict"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plan", "grwo"], "There is no plan 'grwo' (did you mean 'grow'?)."),
        (
            ["--plan", "custom"],
            "The plan 'custom' has no limit of its own: say how many requests an hour it allows "
            "(hourly_limit, --hourly-limit).",
        ),
        (["--hourly-limit", "0"], "The hourly limit must be at least 1, not 0."),
        (["--burst-limit", "-1"], "The burst limit must be at least 1, not -1."),
        (["--tasks", "at-onc"], "There is no rule 'at-onc' for tasks (did you mean 'at-once'?)."),
        (
            ["--quirk", "eror_shape=flat"],
            "There is no quirk 'eror_shape' (did you mean 'error_shape'?).",
        ),
        (["--quirk", "error_shape"], "--quirk error_shape names no value: write NAME=VALUE."),
        (["--config", "/nowhere.toml"], "Cannot read /nowhere.toml: No such file or directory."),
        (
            ["--host", "no-such-host.invalid"],
            "The host 'no-such-host.invalid' has no address: use one of this machine's, like "
            "127.0.0.1.",
        ),
    ],
)
def test_serve_refuses_in_one_sentence(arguments: list[str], message: str) -> None:
    assert _refused("serve", *ANY_PORTS, *arguments) == f"Error: {message}\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('domian = "acme"', "{} has an unknown key 'domian' (did you mean 'domain'?)."),
        ("domain = [1]", "{}: domain must be a single value."),
        ('quirks = "x=y"', "{}: quirks must be a table, name = value."),
        ("domain", "{} is not a TOML file: "),
        (b"\xff", "{} is not a TOML file: "),
    ],
)
def test_config_file_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = tmp_path / "mock.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = _refused("serve", "--config", str(path))
    assert said.startswith(f"Error: {message.format(path)}")
    assert said.count("\n") == 1


def test_unknown_option_names_the_nearest() -> None:
    assert "Did you mean" in _refused("serve", "--domian", "acme")


def test_value_of_the_wrong_type_names_its_option(tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text('users = "many"')
    assert "Invalid value for '--users'" in _refused("serve", "--config", str(config))
    assert "'--https-port'" in _refused("serve", "--https-port", "65536")


def test_every_option_of_serve_has_an_environment_variable_and_a_key() -> None:
    command = main.commands["serve"]
    names = {option.name: option.envvar for option in command.params}
    assert names.pop("quirks") == "TALENTLMS_MOCK_QUIRK"
    assert names.pop("opens") is None  # a wish of the moment, and no setting
    assert names == {name: f"TALENTLMS_MOCK_{(name or '').upper()}" for name in names}


def test_operations_as_data() -> None:
    result = _run("operations", "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert [entry["operation_id"] for entry in data] == [
        operation.operation_id for operation in REGISTRY
    ]
    by_id = {entry["operation_id"]: entry for entry in data}
    assert by_id["createEnrollment"] == {
        "method": "POST",
        "path": "/enrollments",
        "operation_id": "createEnrollment",
        "tag": "Course",
        "summary": "Enroll user to course",
        "provenance": "documented",
        "source": "vendor OpenAPI",
        "recorded_exchanges": 5,
        "deviations": [
            {
                "place": "response",
                "what": "",
                "known": "recorded",
                "source": "examples of the vendor's API collection",
            },
            *(
                {
                    "place": "rules",
                    "what": what,
                    "known": "inferred",
                    "source": "our decision",
                }
                for what in (
                    "a course or user that is archived answers 409",
                    "a user who is enrolled already answers 409",
                    "a user or course that is not active, and a course that is full, answers 400",
                )
            ),
        ],
        "needs_key": True,
        "paginated": False,
        "parameters": [
            {
                "name": "X-API-Version",
                "in": "header",
                "required": True,
                "description": "The version of the API, a date as YYYY-MM-DD.",
                "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
                "example": "2025-07-01",
            }
        ],
        "request": {
            "additionalProperties": True,
            "description": "A user and a course.",
            "properties": {
                "course_id": {
                    "description": "The course's id.",
                    "minimum": 1,
                    "type": "integer",
                },
                "user_id": {
                    "description": "The user's id.",
                    "minimum": 1,
                    "type": "integer",
                },
            },
            "required": ["course_id", "user_id"],
            "title": "EnrollmentInput",
            "type": "object",
        },
        "response": {
            "status": 200,
            "data": {
                "additionalProperties": False,
                "description": "What a user is in a course from now on.",
                "properties": {
                    "role": {
                        "const": "learner",
                        "description": "As what the user is in the course.",
                        "title": "Role",
                        "type": "string",
                    }
                },
                "required": ["role"],
                "title": "CreatedEnrollment",
                "type": "object",
            },
        },
    }
    keyword = by_id["getCourses"]["parameters"][2]
    assert keyword == {
        "name": "filter[keyword][like]",
        "in": "query",
        "required": False,
        "description": "A part of the name or code, in any case.",
        "schema": {"type": "string"},
        "example": "safety",
        "x-fidelity": {"known": "inferred", "source": "our decision"},
    }
    assert by_id["deleteUser"]["response"] == {"status": 204, "data": None}


@pytest.mark.parametrize("columns", ["20", "80"])
def test_operations_as_a_table_cuts_nothing(columns: str) -> None:
    result = _run("operations", env={"COLUMNS": columns})
    rows = [line.split() for line in result.stdout.splitlines() if line.split()]
    assert rows[0] == ["Method", "Path", "Operation", "Known", "Differs"]
    assert rows[2:] == [
        [
            operation.method,
            operation.path,
            operation.operation_id,
            operation.provenance,
            *([str(len(deviations(operation)))] if deviations(operation) else []),
        ]
        for operation in REGISTRY
    ]


def test_operations_tell_what_is_known_otherwise() -> None:
    result = _run("operations", "deleteEnrollment", "getUsers", env={"COLUMNS": "100"})
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "DELETE /enrollments  deleteEnrollment",
        "  documented  the operation  (vendor OpenAPI)",
        "  inferred    a course or user that is archived answers 409; the ids may stand in the "
        "query instead",
        "              of the body; a user who is not enrolled in the course answers 409  "
        "(our decision)",
        "",
        "GET /users  getUsers",
        "  documented  the operation  (vendor OpenAPI)",
        "  documented  timezone, language, last_updated in the response  (vendor OpenAPI)",
        "  recorded    filter[login][eq], filter[email][eq], filter[custom_field_value][eq]; the "
        "response",
        "              (examples of the vendor's API collection)",
        "",
    ]


def test_the_ledger_has_every_operation() -> None:
    lines = _run("operations", "--ledger", env={"COLUMNS": "100"}).stdout.splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == [
        f"{operation.method} {operation.path}  {operation.operation_id}" for operation in REGISTRY
    ]


def test_operations_as_data_are_those_that_are_named() -> None:
    data = json.loads(_run("operations", "--json", "getUsers").stdout)
    assert [entry["operation_id"] for entry in data] == ["getUsers"]


def test_the_operations_of_a_resource_are_listed() -> None:
    data = json.loads(_run("operations", "--json", "groups", "getUsers").stdout)
    groups = [each.operation_id for each in REGISTRY if each.path.split("/")[1] == "groups"]
    assert [entry["operation_id"] for entry in data] == [*groups, "getUsers"]
    listed = _run("operations", "groups").stdout
    assert "getGroups" in listed
    assert "getUsers" not in listed


def test_an_operation_that_does_not_exist_is_one_sentence() -> None:
    assert "There is no operation or resource 'getUser' (did you mean 'getUsers'?)." in _refused(
        "operations", "getUser"
    )


def test_openapi_is_written_readable_or_compact() -> None:
    readable, compact = _run("openapi"), _run("openapi", "--json")
    assert (readable.exit_code, compact.exit_code) == (0, 0)
    assert json.loads(readable.stdout) == json.loads(compact.stdout)
    assert json.loads(compact.stdout)["openapi"].startswith("3.1")
    assert compact.stdout.count("\n") == 1 < readable.stdout.count("\n")


def test_seed_writes_a_file_that_serve_goes_on_from(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "portal.sqlite"
    result = _run("seed", "--users", "12", "--database", str(path))
    assert (result.exit_code, result.stdout) == (0, f"Wrote {path}.\n")

    def visit(server: MockServer) -> None:
        (portal,) = server.portals
        answer = httpx.get(
            f"{portal.base_url}/users", headers=portal.headers, verify=portal.ssl_context()
        )
        assert len(answer.json()["_data"]) == 10

    serve("--database", str(path), visit=visit)
    assert f"{path} exists already" in _refused("seed", "--users", "12", "--database", str(path))


def _start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "talentlms_mock", "serve", *ANY_PORTS, "--users", "1", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _context() -> ssl.SSLContext:
    return client_context(ca_file())


def _read_url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("curl"):
            return shlex.split(line)[-1]
    raise AssertionError("no curl line")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_serve_quietly(number: int, data_dir: Path) -> None:
    with _start() as process:
        url = _read_url(process)
        answer = httpx.get(url, verify=_context())
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stderr is not None
        # Not communicate(), which loses what the line before was read ahead with.
        out, err = process.stdout.read(), process.stderr.read()
        process.wait(10)
    assert answer.status_code == 401
    assert (process.returncode, err) == (0, "")
    assert list((data_dir / "running").iterdir()) == []
    assert re.fullmatch(
        r"\nCtrl-C to stop\.\n\n\d\d:\d\d:\d\d GET    /api/v2/users 401 \d+\.\d ms  .+\n", out
    )


def test_serve_goes_on_when_nobody_reads_what_it_prints() -> None:
    with _start() as process:
        url = _read_url(process)
        assert process.stdout is not None
        process.stdout.close()
        with httpx.Client(verify=_context()) as client:
            statuses = [client.get(url).status_code for _ in range(3)]
        process.terminate()
        assert process.stderr is not None
        err = process.stderr.read()
        process.wait(10)
    assert (statuses, process.returncode, err) == ([401] * 3, 0, "")


def test_taken_port_is_an_error_of_serve() -> None:
    with MockServer() as server:
        said = _refused("serve", "--https-port", str(server.https_port), "--http-port", "0")
        port = server.https_port
    assert said == (
        f"Error: Port {port} on 127.0.0.1 is taken: end the program that uses it, or choose "
        "another (--https-port 0, https_port=0 picks a free one).\n"
    )


def _corrections(folder: Path, verified: str) -> str:
    path = folder / "corrections.toml"
    path.write_text(
        f'verified = {verified}\n[[correction]]\noperation = "getUsers"\nfield = "email"\n'
        'change = "renamed"\nto = "mail"\n',
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize(
    ("days", "age"), [(0, "today"), (1, "yesterday"), (40, "40 days ago"), (-1, "today")]
)
def test_serve_says_how_old_the_verification_is(
    days: int, age: str, serve: Serve, tmp_path: Path
) -> None:
    verified = system_day() - timedelta(days=days)
    printed = serve(
        "--dataset", "empty", "--corrections", _corrections(tmp_path, verified.isoformat())
    )
    assert f"Verified with the vendor on {verified}, {age}; 1 correction applies." in printed


def test_the_ledger_shows_what_was_verified(tmp_path: Path) -> None:
    path = _corrections(tmp_path, "2025-05-07")
    printed = _run("operations", "getUsers", "--corrections", path).output
    lines = [line.rstrip() for line in printed.splitlines()]
    assert "  verified    email is named mail in the response  (on 2025-05-07)" in lines
    assert "verified" not in _run("operations", "getCourses", "--corrections", path).output
