"""Programs that have the vendor's address built in reach the mock through `talentlms-mock run`.

Each verifies whom it talks to, each tries to leave for another host, and none is told of the mock
by anything but its environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

URL = "https://acme.talentlms.com/api/v2/users/1"
ELSEWHERE = "https://example.com/"
HEADERS = {
    "X-API-Key": "mock-api-key",
    "X-API-Version": "2025-07-01",
    "Accept": "application/json",
}

_TIME_LIMIT = 60
_HERE = Path(__file__).parent
_MODULES_VARIABLE = "TALENTLMS_TEST_NODE_MODULES"

Answer = dict[str, Any]


def _run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with a mock of its own."""
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return subprocess.run(
        [sys.executable, "-m", "talentlms_mock", "run", "--domain", "acme", "--", *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
        env={**os.environ, **environment},
    )


def _answer(done: subprocess.CompletedProcess[str], called: int = 1) -> Answer:
    """Return the body that a program printed, if it and the mock agree on what happened."""
    assert done.returncode == 0, done.stderr
    times = "" if called == 1 else f" ({called} times)"
    lines = [line for line in done.stderr.splitlines() if line.startswith("GET    /")]
    assert lines == [f"GET    /api/v2/users/1 200{times}"], done.stderr
    answer: Answer = json.loads(done.stdout)
    return answer


def _is_the_first_user(answer: Answer) -> None:
    assert (answer["_data"]["id"], answer["_data"]["login"]) == (1, "margaret.hale")


def _header_flags() -> list[str]:
    return [word for pair in HEADERS.items() for word in ("-H", ": ".join(pair))]


def test_curl() -> None:
    _is_the_first_user(_answer(_run("curl", "--silent", "--fail", *_header_flags(), URL)))


def test_curl_cannot_leave() -> None:
    done = _run("curl", "--silent", "--show-error", ELSEWHERE)

    assert (done.returncode, done.stdout) == (56, "")
    assert "403" in done.stderr
    assert "CONNECT example.com:443 403 " in done.stderr


def test_curl_is_answered_by_no_portal_but_those_there_are() -> None:
    done = _run("curl", "--silent", *_header_flags(), URL.replace("acme", "nobody"))

    assert json.loads(done.stdout)["error"]["message"] == (
        "API is not enabled for the specified domain or the domain is currently inactive."
    )
    assert "users/1 403 " in done.stderr


_REQUESTS = """
import requests
def get(url, headers):
    return requests.get(url, headers=headers, timeout=30).text
"""

_HTTPX = """
import httpx
def get(url, headers):
    return httpx.get(url, headers=headers).text
"""

_HTTPX_ASYNC = """
import asyncio, httpx
def get(url, headers):
    async def ask():
        async with httpx.AsyncClient(headers=headers) as client:
            return (await client.get(url)).text
    return asyncio.run(ask())
"""

_AIOHTTP = """
import asyncio, aiohttp
def get(url, headers):
    async def ask():
        async with aiohttp.ClientSession(headers=headers, trust_env=True) as session:
            async with session.get(url) as answer:
                return await answer.text()
    return asyncio.run(ask())
"""

_URLLIB = """
import urllib.request
def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read().decode()
"""

_ASK_PYTHON = """
import json, sys
url, elsewhere, headers = json.loads(sys.argv[1])
print(get(url, headers))
try:
    get(elsewhere, {})
except Exception:
    pass
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, id=program.split("def")[0].split()[-1] + suffix)
        for program, suffix in (
            (_REQUESTS, ""),
            (_HTTPX, ""),
            (_HTTPX_ASYNC, "-async"),
            (_AIOHTTP, ""),
            (_URLLIB, ""),
        )
    ],
)
def test_python(program: str) -> None:
    words = json.dumps([URL, ELSEWHERE, HEADERS])
    done = _run(sys.executable, "-c", program + _ASK_PYTHON, words)

    _is_the_first_user(_answer(done))
    assert "CONNECT example.com:443 403 " in done.stderr


def _node(client: str, *before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    version = re.match(r"v(\d+)", subprocess.getoutput("node --version"))
    if shutil.which("node") is None or version is None or int(version[1]) < 18:
        pytest.skip("Node 18 or newer is not installed")
    script = _HERE / "unmodified.cjs"
    words = (script, client, URL, ELSEWHERE, json.dumps(HEADERS))
    return _run(*before, "node", *words, **environment)


@pytest.mark.parametrize("client", ["fetch", "https", "tls"])
def test_node(client: str) -> None:
    _is_the_first_user(_answer(_node(client)))


def test_node_leaves_other_hosts_alone() -> None:
    done = _node("others")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["own"] * 4


@pytest.mark.parametrize("version", ["axios", "axios-before-1"])
def test_axios(version: str) -> None:
    modules = os.environ.get(_MODULES_VARIABLE, "")
    if not modules or not Path(modules, version).is_dir():
        pytest.skip(f"{_MODULES_VARIABLE} names no directory with {version}")
    done = _node("axios", AXIOS=str(Path(modules, version)), LEAVE="yes")

    _is_the_first_user(_answer(done))
    assert "https://example.com/ 403 " in done.stderr or "example.com:443 403 " in done.stderr


def _java(*flags: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("java") is None or shutil.which("javac") is None:
        pytest.skip("a JDK is not installed")
    headers = [word for pair in HEADERS.items() for word in pair]
    return _run("java", *flags, _HERE / "Unmodified.java", URL, ELSEWHERE, *headers)


def test_java() -> None:
    done = _java()

    _is_the_first_user(_answer(done, called=2))
    assert "CONNECT example.com:443 403 " in done.stderr


_PHP = r"""
[$url, $elsewhere, $headers] = json_decode($argv[1], true);
$lines = array_map(fn($name, $value) => "$name: $value", array_keys($headers), $headers);
foreach ([$elsewhere, $url] as $address) {
    $curl = curl_init($address);
    curl_setopt_array($curl, [CURLOPT_HTTPHEADER => $lines, CURLOPT_RETURNTRANSFER => true]);
    $answer = curl_exec($curl);
}
if ($answer === false) { fwrite(STDERR, curl_error($curl)); exit(1); }
echo $answer;
"""


def _php(*before: str) -> subprocess.CompletedProcess[str]:
    found = (
        subprocess.run(["php", "-m"], check=False, capture_output=True, text=True)
        if (shutil.which("php"))
        else None
    )
    if found is None or "curl" not in found.stdout.split():
        pytest.skip("PHP with ext/curl is not installed")
    return _run(*before, "php", "-r", _PHP, json.dumps([URL, ELSEWHERE, HEADERS]))


def test_php() -> None:
    done = _php()

    _is_the_first_user(_answer(done))
    assert "CONNECT example.com:443 403 " in done.stderr


_RUBY = """
require "json"
require "net/http"
url, elsewhere, headers = JSON.parse(ARGV[0])
begin
  Net::HTTP.get(URI(elsewhere))
rescue StandardError
end
puts Net::HTTP.get(URI(url), headers)
"""


def _ruby(*before: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("ruby") is None:
        pytest.skip("ruby is not installed")
    return _run(*before, "ruby", "-e", _RUBY, json.dumps([URL, ELSEWHERE, HEADERS]))


def test_ruby() -> None:
    done = _ruby()

    _is_the_first_user(_answer(done))
    assert "CONNECT example.com:443 403 " in done.stderr


@pytest.fixture(scope="module")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program in Go, compiled before a mock is asked for."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    directory = tmp_path_factory.mktemp("go")
    program = directory / "unmodified"
    words = ["go", "build", "-o", str(program), str(_HERE / "unmodified.go")]
    caches = {"GOCACHE": str(directory / "cache"), "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    subprocess.run(words, check=True, env={**os.environ, **caches}, cwd=directory)
    return program


def test_go(go_program: Path) -> None:
    done = _run(go_program, URL, ELSEWHERE, json.dumps(HEADERS))

    _is_the_first_user(_answer(done))
    assert "CONNECT example.com:443 403 " in done.stderr


@pytest.fixture(scope="module")
def dotnet_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program for .NET, compiled before a mock is asked for."""
    if shutil.which("dotnet") is None:
        pytest.skip("dotnet is not installed")
    directory = tmp_path_factory.mktemp("dotnet")
    made = {"DOTNET_CLI_HOME": str(directory), "DOTNET_CLI_TELEMETRY_OPTOUT": "1"}
    environment = {**os.environ, **made}
    words = ["dotnet", "new", "console", "--output", str(directory / "unmodified"), "--no-restore"]
    subprocess.run(words, check=True, env=environment, capture_output=True)
    shutil.copy(_HERE / "Unmodified.cs", directory / "unmodified" / "Program.cs")
    words = ["dotnet", "build", str(directory / "unmodified"), "--output", str(directory / "out")]
    subprocess.run(words, check=True, env=environment, capture_output=True)
    return directory / "out" / "unmodified.dll"


def test_dotnet(dotnet_program: Path) -> None:
    done = _run("dotnet", dotnet_program, URL, ELSEWHERE, json.dumps(HEADERS))

    _is_the_first_user(_answer(done))
    assert "CONNECT example.com:443 403 " in done.stderr


# Or else the tests above would pass with clients that verify nothing.
@pytest.mark.parametrize("client", ["curl", "python", "node", "java", "php", "ruby"])
def test_without_our_authority_nobody_is_trusted(client: str) -> None:
    if client == "curl":
        done = _run("env", "-u", "SSL_CERT_FILE", "-u", "CURL_CA_BUNDLE", "curl", "-sS", URL)
    elif client == "python":
        words = json.dumps([URL, ELSEWHERE, HEADERS])
        program = _URLLIB + _ASK_PYTHON
        done = _run("env", "-u", "SSL_CERT_FILE", sys.executable, "-c", program, words)
    elif client == "node":
        done = _node("fetch", "env", "-u", "NODE_EXTRA_CA_CERTS")
    elif client == "php":
        done = _php("env", "-u", "PHP_INI_SCAN_DIR", "-u", "SSL_CERT_FILE")
    elif client == "ruby":
        done = _ruby("env", "-u", "SSL_CERT_FILE")
    else:
        done = _java("-Djavax.net.ssl.trustStore=/nowhere")

    assert (done.returncode != 0, done.stdout) == (True, "")
    assert re.search("certificate|CERTIFICATE|certification path|UNABLE_TO_VERIFY", done.stderr)
    assert "GET    /" not in done.stderr
