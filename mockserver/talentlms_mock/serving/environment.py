"""The environment variables that make another program use the mock and trust it."""

import os
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from talentlms_mock.hosts import VENDOR_SUFFIX, ServerAddress, host_name
from talentlms_mock.tls.bundle import STORE_PASSWORD, trust_files
from talentlms_mock.tls.contexts import ca_file
from talentlms_mock.tls.php_ini import php_ini_directory

PRELOAD = Path(__file__).with_name("node_preload.cjs")
"""The script that Node loads first."""

_LOOPBACK = ("localhost", "127.0.0.1")
_LOOPBACK_OF_JAVA = ("localhost", "127.*", "[::1]")
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def variables(address: ServerAddress, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for a program, by name.

    Args:
        address: where the mock listens, with a proxy.
        environment: the variables the program would get otherwise; their settings for other hosts,
            authorities and options are kept.

    Raises:
        SetupError: the mock has no proxy, or the files with the authorities cannot be written.
    """
    proxy = f"http://{address.host}:{address.required_proxy_port}"
    direct = _reached_directly(environment)
    bundle, store = trust_files(environment)
    found = {
        "HTTPS_PROXY": proxy,
        "HTTP_PROXY": proxy,
        "NO_PROXY": ",".join((*_LOOPBACK, *direct)),
    }
    # Most clients read both spellings, and prefer lower case.
    found |= {name.lower(): value for name, value in found.items()}
    return found | {
        "SSL_CERT_FILE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
        "CURL_CA_BUNDLE": str(bundle),
        "PHP_INI_SCAN_DIR": _php(environment, bundle),
        "NODE_EXTRA_CA_CERTS": str(_of_node(environment, bundle)),
        "NODE_OPTIONS": _node_options(environment),
        "TALENTLMS_MOCK_NODE": f"host={address.socket_host}&443={address.https_port}"
        f"&80={address.http_port}",
        "JAVA_TOOL_OPTIONS": _java(address, environment, direct, store),
    }


def _php(environment: Mapping[str, str], bundle: Path) -> str:
    """Return the directories of ini files; PHP reads the last one last, and "" is its own."""
    ours = str(php_ini_directory(bundle))
    before = environment.get("PHP_INI_SCAN_DIR", "").split(os.pathsep)
    return os.pathsep.join([*(name for name in before if name != ours), ours])


def _reached_directly(environment: Mapping[str, str]) -> list[str]:
    """Return the names that the environment excludes from proxies, without any of the vendor."""
    text = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    names = [name for name in re.split(r"[,\s]+", text) if name]
    return [name for name in names if name not in _LOOPBACK and not _covers_the_vendor(name)]


def _covers_the_vendor(name: str) -> bool:
    suffix = host_name(name).lstrip("*.")
    return suffix in ("", "com") or f".{suffix}".endswith(VENDOR_SUFFIX)


def _of_node(environment: Mapping[str, str], bundle: Path) -> Path:
    # Node adds them to its own, and reading many of them slows each start down.
    ours = ca_file()
    return bundle if environment.get("NODE_EXTRA_CA_CERTS", str(ours)) != str(ours) else ours


def _node_options(environment: Mapping[str, str]) -> str:
    path = str(PRELOAD)
    if " " in path or "\\" in path:
        path = '"{}"'.format(path.replace("\\", "\\\\"))
    before, ours = environment.get("NODE_OPTIONS", ""), f"--require {path}"
    return before if ours in before else f"{before} {ours}".lstrip()


def _java(
    address: ServerAddress, environment: Mapping[str, str], direct: list[str], store: Path
) -> str:
    host, port = address.socket_host, str(address.required_proxy_port)
    names = [f"*{name}" if name.startswith(".") else name for name in direct]
    options = {
        "https.proxyHost": host,
        "https.proxyPort": port,
        "http.proxyHost": host,
        "http.proxyPort": port,
        "http.nonProxyHosts": "|".join(dict.fromkeys((*_LOOPBACK_OF_JAVA, *names))),
        "javax.net.ssl.trustStore": str(store),
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": STORE_PASSWORD,
    }
    words = [f"-D{name}={value}" for name, value in options.items()]
    # Java splits at white space, and removes quotes of either kind.
    quoted = [f'"{word}"' if " " in word else word for word in words]
    names_set = "|".join(map(re.escape, options))
    before = re.sub(
        rf'"-D(?:{names_set})=[^"]*"|-D(?:{names_set})=\S+',
        "",
        environment.get("JAVA_TOOL_OPTIONS", ""),
    )
    return " ".join([*before.split(), *quoted])


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}';"


def _powershell(name: str, value: str) -> str:
    escaped = value.replace("'", "''")
    return f"$env:{name} = '{escaped}'"


def _github(name: str, value: str) -> str:
    return f"{name}={value}"


def _dotenv(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{name}={value}"
    if "'" not in value:
        return f"{name}='{value}'"
    escaped = re.sub(r'(["\\$`])', r"\\\1", value)
    return f'{name}="{escaped}"'


SHELLS: dict[str, Callable[[str, str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "powershell": _powershell,
}
"""How each shell sets a variable."""

FORMATS: dict[str, Callable[[str, str], str]] = {"github": _github, "dotenv": _dotenv}
"""How a line of each kind of file sets a variable."""

LEFT_OUT_FOR_GITHUB = (
    "NODE_OPTIONS is left out, because on GitHub no step can set it for the next one: for fetch "
    'and https of Node, write eval "$(talentlms-mock env)" into the step itself.'
)
"""The note on the variable that a step of GitHub Actions fails on."""


def render(found: Mapping[str, str], style: str) -> str:
    """Return the lines that set variables, in the style of a shell or a kind of file."""
    write = {**SHELLS, **FORMATS}[style]
    left_out = ("NODE_OPTIONS",) if style == "github" else ()
    return "".join(
        f"{write(name, value)}\n" for name, value in found.items() if name not in left_out
    )
