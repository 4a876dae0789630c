"""The variables that lead other programs to the mock, and how each shell is told of them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from talentlms_mock import MockServer
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.serving.environment import FORMATS, PRELOAD, SHELLS, render, variables
from talentlms_mock.tls.bundle import trust_files
from talentlms_mock.tls.contexts import ca_file

ADDRESS = ServerAddress("127.0.0.1", 8443, 8080, Path("ca.pem"), proxy_port=8888)
PROXY = "http://127.0.0.1:8888"

AWKWARD = {
    "PLAIN": "http://127.0.0.1:8888",
    "SPACES": "-Da=b -Dc=d|*.e",
    "QUOTES": 'it\'s "$HOME" `x` \\ end',
    "EMPTY": "",
}

_TIME_LIMIT = 30
_PRINT = "import json, os, sys; print(json.dumps({n: os.environ.get(n) for n in sys.argv[1:]}))"


def test_variables_of_a_bare_environment() -> None:
    bundle, store = trust_files({})

    assert variables(ADDRESS, {}) == {
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), PROXY),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1"),
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(bundle)),
        "PHP_INI_SCAN_DIR": f":{bundle.parent / 'php'}",
        "NODE_EXTRA_CA_CERTS": str(ca_file()),
        "NODE_OPTIONS": f"--require {PRELOAD}",
        "TALENTLMS_MOCK_NODE": "host=127.0.0.1&443=8443&80=8080",
        "JAVA_TOOL_OPTIONS": "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8888 "
        "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8888 "
        "-Dhttp.nonProxyHosts=localhost|127.*|[::1] "
        f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStoreType=PKCS12 "
        "-Djavax.net.ssl.trustStorePassword=changeit",
    }


def test_php_reads_its_own_settings_and_then_ours() -> None:
    found = variables(ADDRESS, {"PHP_INI_SCAN_DIR": "/etc/php.d"})["PHP_INI_SCAN_DIR"]
    first, ours = found.split(os.pathsep)
    bundle = trust_files({})[0]
    assert first == "/etc/php.d"
    assert (Path(ours) / "talentlms-mock.ini").read_text() == (
        f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'
    )
    assert variables(ADDRESS, {"PHP_INI_SCAN_DIR": found})["PHP_INI_SCAN_DIR"] == found


def test_variables_of_an_ipv6_address() -> None:
    found = variables(ServerAddress("[::1]", 1, 2, Path("ca.pem"), proxy_port=3), {})

    assert found["HTTPS_PROXY"] == "http://[::1]:3"
    assert found["TALENTLMS_MOCK_NODE"] == "host=::1&443=1&80=2"
    assert "-Dhttps.proxyHost=::1 " in found["JAVA_TOOL_OPTIONS"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("intern.example, .corp.example 10.0.0.0/8", "intern.example,.corp.example,10.0.0.0/8"),
        ("::1,db:5432", "::1,db:5432"),
        ("localhost", ""),
        ("*", ""),
        ("talentlms.com,.talentlms.com,*.TALENTLMS.com:443,acme.talentlms.com,.com,com", ""),
        ("nottalentlms.com", "nottalentlms.com"),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_hosts_kept_from_proxies_stay_so_but_for_the_vendors(
    name: str, before: str, after: str
) -> None:
    found = variables(ADDRESS, {name: before})

    expected = ",".join(filter(None, ("localhost,127.0.0.1", after)))
    assert (found["NO_PROXY"], found["no_proxy"]) == (expected, expected)


def test_hosts_kept_from_proxies_are_told_to_java_its_way() -> None:
    found = variables(ADDRESS, {"NO_PROXY": ".corp.example,intern.example"})

    assert (
        "-Dhttp.nonProxyHosts=localhost|127.*|[::1]|*.corp.example|intern.example "
        in found["JAVA_TOOL_OPTIONS"]
    )


def test_options_that_were_there_are_kept() -> None:
    found = variables(
        ADDRESS,
        {
            "NODE_OPTIONS": "--max-old-space-size=4096",
            "JAVA_TOOL_OPTIONS": "-Xmx1g -Dhttps.proxyHost=corporate "
            '"-Djavax.net.ssl.trustStore=/a b/c" -Dother=x',
        },
    )

    assert found["NODE_OPTIONS"] == f"--max-old-space-size=4096 --require {PRELOAD}"
    assert found["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Dother=x -Dhttps.proxyHost=127.0.0.1 ")
    assert "corporate" not in found["JAVA_TOOL_OPTIONS"]
    assert "/a b/c" not in found["JAVA_TOOL_OPTIONS"]


def test_variables_are_the_same_when_asked_for_again() -> None:
    found = variables(ADDRESS, {"NODE_OPTIONS": "--trace-warnings", "NO_PROXY": "a.example"})

    assert variables(ADDRESS, found) == found


def test_authorities_that_node_was_told_of_are_kept(tmp_path: Path) -> None:
    named = tmp_path / "corporate.pem"
    named.write_bytes(ca_file().read_bytes())

    found = variables(ADDRESS, {"NODE_EXTRA_CA_CERTS": str(named)})

    assert found["NODE_EXTRA_CA_CERTS"] == found["SSL_CERT_FILE"]


def test_paths_with_spaces_are_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALENTLMS_MOCK_DATA_DIR", str(tmp_path / "a place"))
    preload = tmp_path / "a place" / "preload.cjs"
    monkeypatch.setattr("talentlms_mock.serving.environment.PRELOAD", preload)

    found = variables(ADDRESS, {})

    assert found["NODE_OPTIONS"] == f'--require "{preload}"'
    assert (
        f'"-Djavax.net.ssl.trustStore={tmp_path}/a place/trust/authorities.p12"'
        in (found["JAVA_TOOL_OPTIONS"])
    )
    assert variables(ADDRESS, found) == found


def test_server_gives_the_variables_of_its_own_proxy() -> None:
    with MockServer(proxy_port=0) as server:
        found = server.environment()
        assert found["https_proxy"] == f"http://127.0.0.1:{server.proxy_port}"
        assert found["TALENTLMS_MOCK_NODE"] == (
            f"host=127.0.0.1&443={server.https_port}&80={server.http_port}"
        )


def _run_shell(words: list[str], script: str) -> dict[str, str]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    show = f'"{sys.executable}" -c "{_PRINT}" {" ".join(AWKWARD)}'
    if words[0] == "pwsh":
        show = f"& {show}"
    done = subprocess.run(
        [*words, f"{script}\n{show}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
def test_shells_read_what_is_printed_for_sh(shell: str) -> None:
    assert _run_shell([shell, "-c"], render(AWKWARD, "sh")) == AWKWARD


def test_fish_reads_what_is_printed_for_it() -> None:
    assert _run_shell(["fish", "-c"], render(AWKWARD, "fish")) == AWKWARD


def test_powershell_reads_what_is_printed_for_it() -> None:
    # It takes an empty value for none.
    found = _run_shell(["pwsh", "-NoProfile", "-Command"], render(AWKWARD, "powershell"))
    assert found == {**AWKWARD, "EMPTY": None}


@pytest.mark.parametrize(
    ("style", "lines"),
    [
        (
            "sh",
            [
                "export PLAIN=http://127.0.0.1:8888",
                "export SPACES='-Da=b -Dc=d|*.e'",
                """export QUOTES='it'"'"'s "$HOME" `x` \\ end'""",
                "export EMPTY=''",
            ],
        ),
        (
            "fish",
            [
                "set -gx PLAIN 'http://127.0.0.1:8888';",
                "set -gx SPACES '-Da=b -Dc=d|*.e';",
                """set -gx QUOTES 'it\\'s "$HOME" `x` \\\\ end';""",
                "set -gx EMPTY '';",
            ],
        ),
        (
            "powershell",
            [
                "$env:PLAIN = 'http://127.0.0.1:8888'",
                "$env:SPACES = '-Da=b -Dc=d|*.e'",
                """$env:QUOTES = 'it''s "$HOME" `x` \\ end'""",
                "$env:EMPTY = ''",
            ],
        ),
        (
            "github",
            [
                "PLAIN=http://127.0.0.1:8888",
                "SPACES=-Da=b -Dc=d|*.e",
                """QUOTES=it's "$HOME" `x` \\ end""",
                "EMPTY=",
            ],
        ),
        (
            "dotenv",
            [
                "PLAIN=http://127.0.0.1:8888",
                "SPACES='-Da=b -Dc=d|*.e'",
                'QUOTES="it\'s \\"\\$HOME\\" \\`x\\` \\\\ end"',
                "EMPTY=''",
            ],
        ),
    ],
)
def test_each_style_quotes_its_way(style: str, lines: list[str]) -> None:
    assert render(AWKWARD, style).splitlines() == lines


def test_a_shell_can_read_the_dotenv_lines_too(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(render(AWKWARD, "dotenv"))

    assert _run_shell(["sh", "-c"], f"set -a; . {file}; set +a") == AWKWARD


def test_github_is_not_told_what_it_refuses() -> None:
    found = variables(ADDRESS, {})

    set_by = {
        style: set(re.findall(r"^(?:export |set -gx |\$env:)?(\w+)", render(found, style), re.M))
        for style in (*SHELLS, *FORMATS)
    }
    assert set_by.pop("github") == set(found) - {"NODE_OPTIONS"}
    assert all(names == set(found) for names in set_by.values())


def test_the_environment_of_this_process_is_left_alone() -> None:
    before = dict(os.environ)
    variables(ADDRESS, os.environ)
    assert dict(os.environ) == before
