"""The commands that lead other programs to the mock: `run`, and `env` with `serve --proxy-port`."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from talentlms_mock.cli.main import main
from talentlms_mock.cli.run_summary import SHOWN

_TIME_LIMIT = 60

# Asks for the URLs that it is given, and prints the statuses.
_ASK = """
import json, sys, urllib.error, urllib.request
def ask(url):
    headers = {"X-API-Key": "mock-api-key", "X-API-Version": "2025-07-01"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError as error:
        return str(error.reason)
print(json.dumps([ask(url) for url in sys.argv[1:]]))
"""
# Asks twice, and takes it well when no answer comes.
_LOSE = """
import http.client, sys, urllib.request
headers = {"X-API-Key": "mock-api-key", "X-API-Version": "2025-07-01"}
for _ in range(2):
    try:
        urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers=headers)).read()
    except (OSError, http.client.HTTPException):
        pass
"""
USERS = "https://samples.talentlms.com/api/v2/users"
ELSEWHERE = (
    "The mock's proxy serves only *.talentlms.com, not example.com: add that to NO_PROXY to reach "
    "it."
)


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TALENTLMS_MOCK_") and name != "TALENTLMS_MOCK_DATA_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Mock = Callable[..., Done]


@pytest.fixture
def mock(capfd: pytest.CaptureFixture[str]) -> Mock:
    """Run the command, and return how it and the program that it ran ended."""

    def run(*words: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main.main(list(words), "talentlms-mock")
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, *capfd.readouterr())

    return run


def test_run_tells_what_a_program_called(mock: Mock) -> None:
    done = mock(
        *("run", "--users", "3", "--", sys.executable, "-c", _ASK),
        *(f"{USERS}/1", f"{USERS}/1", f"{USERS}/9", "https://nobody.talentlms.com/api/v2/users"),
        *("http://samples.talentlms.com/api/v2/users", "https://example.com/"),
    )

    assert json.loads(done.stdout) == [
        *(200, 200, 404, 403, 400),
        "Tunnel connection failed: 403 Forbidden",
    ]
    assert (
        done.stderr
        == f"""\
GET    /api/v2/users/9 404  User not found
GET    /api/v2/users 403  no portal answers for 'nobody.talentlms.com'
GET    /api/v2/users 400  the request came over plain HTTP
CONNECT example.com:443 403  {ELSEWHERE}
GET    /api/v2/users/1 200 (2 times)
Contract warning (3 times): no Accept header; the vendor asks for application/json
talentlms-mock: 5 requests, 3 contract warnings, 1 refused by the proxy.
"""
    )
    assert done.returncode == 0


@pytest.mark.parametrize("separator", [(), ("--",)])
def test_run_leaves_output_input_and_status_to_the_program(separator: tuple[str, ...]) -> None:
    script = "import sys; print(sys.argv[1:], input()); sys.exit(7)"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "talentlms_mock", "run", "--domain", "acme", *separator),
            *(sys.executable, "-c", script, "--domain", "--", "-h"),
        ],
        check=False,
        capture_output=True,
        text=True,
        input="typed\n",
        timeout=_TIME_LIMIT,
    )

    assert (done.returncode, done.stdout) == (7, "['--domain', '--', '-h'] typed\n")
    assert done.stderr == (
        'talentlms-mock: nothing called the mock. Not every client reads the variables: see "Any '
        'language" in the documentation for what each needs.\n'
    )


def test_run_says_when_a_program_called_nothing(mock: Mock) -> None:
    assert mock("run", "--domain", "acme", sys.executable, "-c", "print('--domain')") == Done(
        0,
        "--domain\n",
        'talentlms-mock: nothing called the mock. Not every client reads the variables: see "Any '
        'language" in the documentation for what each needs.\n',
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_run_tells_that_a_program_does_not_trust_the_mock(mock: Mock) -> None:
    untrusting = ("env", "-u", "SSL_CERT_FILE", "-u", "CURL_CA_BUNDLE", "curl", "-s", USERS)
    done = mock("run", "--", *untrusting)

    assert done == Done(
        60,
        "",
        "CONNECT samples.talentlms.com:443  The TLS handshake failed (TLSV1_ALERT_UNKNOWN_CA): "
        "does the client trust the authority that `talentlms-mock ca` names?\n"
        "talentlms-mock: 0 requests, 0 contract warnings, 1 refused by the proxy.\n",
    )


def test_run_tells_of_faults(mock: Mock, tmp_path: Path) -> None:
    scenario = tmp_path / "faults.toml"
    scenario.write_text("[[faults]]\nempty = true\ntimes = 1\n[[faults]]\nlatency = 0.01\n")
    done = mock("run", "--scenario", str(scenario), "--", sys.executable, "-c", _LOSE, f"{USERS}/1")

    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("GET    /api/v2/users/1 no response  fault 1: ")
    assert second.startswith("GET    /api/v2/users/1 200  fault 2: ")


def test_run_counts_the_kinds_that_it_does_not_show(mock: Mock) -> None:
    urls = [f"{USERS}/1/{number}" for number in range(1, SHOWN + 3)]
    done = mock("run", "--", sys.executable, "-c", _ASK, *urls)

    lines = done.stderr.splitlines()
    assert lines[SHOWN - 1] == f"GET    /api/v2/users/1/{SHOWN} 404  no operation has this path"
    assert lines[SHOWN] == "... and 2 more kinds of requests"
    assert lines[-1].startswith(f"talentlms-mock: {SHOWN + 2} requests, ")


def test_run_sums_up_by_operation_and_begins_with_what_failed(mock: Mock) -> None:
    urls = [*(f"{USERS}/{id}" for id in (1, 2, 51, 52, 3)), f"{USERS}?page[size]=1", USERS]
    done = mock("run", "--", sys.executable, "-c", _ASK, *urls)

    assert done.stderr.splitlines()[:3] == [
        "GET    /api/v2/users/{id} 404 (2 times)  User not found",
        "GET    /api/v2/users/{id} 200 (3 times)",
        "GET    /api/v2/users 200 (2 times)",
    ]


def test_run_writes_the_journal(mock: Mock, tmp_path: Path) -> None:
    journal, archive = tmp_path / "journal.jsonl", tmp_path / "journal.har"
    files = ("--journal", str(journal), "--har", str(archive))
    done = mock("run", "--quiet", *files, "--", sys.executable, "-c", _ASK, f"{USERS}/1")

    assert (done.returncode, done.stderr) == (0, "")
    (line,) = journal.read_text().splitlines()
    assert (json.loads(line)["path"], json.loads(line)["status"]) == ("/api/v2/users/1", 200)
    assert json.loads(line)["headers"]["x-api-key"] == "***"
    (entry,) = json.loads(archive.read_text())["log"]["entries"]
    assert entry["request"]["url"] == f"{USERS}/1"


def test_run_refuses_files_that_it_cannot_write(mock: Mock, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "x"
    assert mock("run", "--har", str(missing), "--", "true") == Done(
        2, "", f"Error: The directory of {missing} does not exist: make it first.\n"
    )
    done = mock("run", "--quiet", "--journal", str(tmp_path), "--", "true")
    assert (done.returncode, done.stderr) == (
        2,
        f"Error: Cannot write {tmp_path}: Is a directory.\n",
    )


def test_run_takes_the_options_of_serve() -> None:
    serve, run = main.commands["serve"], main.commands["run"]

    of_serve = [option.opts for option in serve.params if option.name != "opens"]
    assert [option.opts for option in run.params[: len(of_serve)]] == of_serve
    defaults = {option.name: option.default for option in run.params}
    assert (defaults["https_port"], defaults["http_port"], defaults["proxy_port"]) == (0, 0, 0)
    assert defaults["domain"] == "samples"


def test_run_reads_a_config_file_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mock: Mock
) -> None:
    config = tmp_path / "mock.toml"
    config.write_text('domain = "acme"\n[quirks]\nerror_shape = "flat"\n')
    monkeypatch.setenv("TALENTLMS_MOCK_API_KEY", "another")
    done = mock(
        *("run", "--config", str(config), "--", sys.executable, "-c", _ASK),
        "https://acme.talentlms.com/api/v2/users",
    )

    assert json.loads(done.stdout) == [401]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--", "no-such-program"), 127, "There is no command 'no-such-program'."),
        (("--", os.path.dirname(__file__)), 126, "Permission denied."),
        (("--plan", "grwo", "true"), 2, "There is no plan 'grwo' (did you mean 'grow'?)."),
        ((), 2, "Missing argument 'COMMAND...'."),
    ],
)
def test_run_refuses_in_one_sentence(
    words: tuple[str, ...], status: int, message: str, mock: Mock
) -> None:
    done = mock("run", *words)

    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.endswith(f"{message}\n")
    assert "Traceback" not in done.stderr


def test_run_ends_its_mock_when_it_is_told_to_end() -> None:
    script = "import os; print(os.environ['https_proxy'], flush=True); import time; time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-m", "talentlms_mock", "run", "--", sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.terminate()
        _, err = process.communicate(timeout=_TIME_LIMIT)

    assert process.returncode == 128 + 15
    assert err.startswith("talentlms-mock: nothing called the mock.")


@contextmanager
def _served(*words: str) -> Iterator[list[str]]:
    """Run `serve` with a proxy; what it printed is complete when the block has ended."""
    ports = ("--https-port", "0", "--http-port", "0", "--proxy-port", "0")
    printed: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "talentlms_mock", "serve", *ports, "--users", "3", *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                printed.append(line)
                if line.startswith("curl "):
                    break
            yield printed
        finally:
            process.terminate()
            printed += process.stdout
            process.wait(_TIME_LIMIT)


@pytest.mark.usefixtures("data_dir")
def test_env_leads_a_shell_to_the_mock_that_runs(mock: Mock) -> None:
    script = f"""
        eval "$('{sys.executable}' -m talentlms_mock env)"
        '{sys.executable}' -c "$ASK" {USERS}/1 https://example.com/
    """
    with _served() as printed:
        done = subprocess.run(
            ["sh", "-c", script],
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
            env={**os.environ, "ASK": _ASK},
        )
    after = mock("env")

    assert json.loads(done.stdout) == [200, "Tunnel connection failed: 403 Forbidden"]
    (note,) = (line for line in printed if line.startswith("Note"))
    assert note.startswith("Note       The proxy listens on port ")
    assert f"CONNECT example.com:443 403  {ELSEWHERE}\n" in printed
    assert (after.returncode, after.stdout) == (2, "")
    assert after.stderr.startswith("Error: No mock with a proxy runs: start one with ")


@pytest.mark.usefixtures("data_dir")
def test_env_speaks_of_the_mock_whose_port_it_is_told(mock: Mock) -> None:
    with _served() as first, _served("--domain", "acme") as second:
        for printed in (first, second):
            (port,) = (line.split()[6].rstrip(":") for line in printed if line.startswith("Note"))
            lines = mock("env", "--proxy-port", port, "--format", "dotenv").stdout.splitlines()
            assert f"HTTPS_PROXY=http://127.0.0.1:{port}" in lines
        newest = mock("env", "--shell", "fish").stdout
        assert f"set -gx https_proxy 'http://127.0.0.1:{port}';\n" in newest


@pytest.mark.usefixtures("data_dir")
def test_env_says_what_it_leaves_out_for_github(mock: Mock) -> None:
    with _served():
        done = mock("env", "--format", "github")

    names = [line.partition("=")[0] for line in done.stdout.splitlines()]
    assert "HTTPS_PROXY" in names
    assert "NODE_OPTIONS" not in names
    assert done.stderr.startswith("NODE_OPTIONS is left out, because on GitHub no step")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_hosts_entry_leads_to_the_tls_port(data_dir: Path) -> None:
    with _served() as printed:
        (address,) = (line for line in printed if line.startswith("Base URL"))
        port = address.partition("127.0.0.1:")[2].partition("/")[0]
        done = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--noproxy", "*"),
                *("--cacert", data_dir / "tls" / "ca.pem"),
                *("--resolve", f"samples.talentlms.com:{port}:127.0.0.1"),
                f"https://samples.talentlms.com:{port}/api/v2/health",
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIME_LIMIT,
        )
    assert "_data" in json.loads(done.stdout)
