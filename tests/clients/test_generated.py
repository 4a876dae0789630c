"""Clients that common generators make from both OpenAPI documents: they work, or they compile."""

import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from talentlms_mock import MockServer, Portal
from talentlms_mock.api.operation import REGISTRY
from tests.conftest import NewPortal
from tests.documents.documents import DOCUMENTS, Json, operations
from tests.generated.examples import NOW

MODULES = os.environ.get("TALENTLMS_TEST_NODE_MODULES", "")
_FILES = {"application/vnd.sqlite3": "application/octet-stream"}
"""What the generator for Python has to know: this type of content is a file."""


@dataclass(frozen=True)
class Generated:
    """A client in Python, and what it sends.

    Args:
        package: the name of the package.
        client: the client that its functions take.
        document: what it was made from.
        always: the values that each of its functions takes, where it has such a parameter.
    """

    package: str
    client: Any
    document: Json
    always: dict[str, str]

    def call(self, operation: Json, **values: Any) -> Any:
        """Call an operation; required parameters have their examples."""
        tag, name = in_python(operation["tags"][0]), in_python(operation["operationId"])
        function = import_module(f"{self.package}.api.{tag}.{name}")
        for parameter in operation["parameters"]:
            if parameter["required"]:
                of_all = self.always.get(parameter["name"], parameter["example"])
                values.setdefault(in_python(parameter["name"]), of_all)
        return function.sync_detailed(client=self.client, **values)

    def operation(self, name: str) -> Json:
        """Return the description of an operation."""
        return next(each for each in operations(self.document) if each["operationId"] == name)

    def model(self, name: str) -> Any:
        """Return the class of a schema."""
        return getattr(import_module(f"{self.package}.models"), name)


def in_python(name: str) -> str:
    """Return what the generator calls something in Python."""
    words = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.sub("[^a-z0-9]+", "_", words)


def make_python_client(which: str, folder: Path) -> str:
    """Generate a client in a folder and return the name of its package."""
    package = f"generated_{which}"
    source = folder / f"{which}.json"
    source.write_text(json.dumps(DOCUMENTS[which]), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[], content_type_overrides=_FILES),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / package,
    )
    assert list(generate(config=config)) == []
    return package


def client_of(package: str, url: str, portal: Portal) -> Any:
    """Return the client of a generated package, which sends the key of a portal."""
    context: ssl.SSLContext = portal.ssl_context()
    return import_module(package).AuthenticatedClient(
        base_url=url,
        token=portal.api_key,
        prefix="",
        auth_header_name="X-API-Key",
        headers={"Accept": "application/json"},
        verify_ssl=context,
        raise_on_unexpected_status=True,
    )


@pytest.fixture
def demo(new_portal: NewPortal) -> Portal:
    """The portal of the recorded examples."""
    return new_portal(clock=NOW)


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Portal) -> Iterator[Generated]:
    package = make_python_client("api", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    client = client_of(package, demo.base_url.removesuffix("/api/v2"), demo)
    with client:
        yield Generated(package, client, DOCUMENTS["api"], {})


@pytest.fixture
def control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Portal) -> Iterator[Generated]:
    package = make_python_client("control", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    url = demo.control_url.partition("/__mock__")[0]
    with client_of(package, url, demo) as client:
        yield Generated(package, client, DOCUMENTS["control"], {"domain": demo.domain})


def test_a_client_in_python_reads_everything_and_knows_errors(api: Generated) -> None:
    item = api.model("NewUserItem")(
        name="Ada", surname="Lovelace", login="ada", email="ada@example.com"
    )
    batch = api.call(api.operation("upsertUsers"), body=api.model("UserItems")(users=[item]))
    task_id = batch.parsed.field_data.task_id
    responses = {
        operation.operation_id: api.call(
            api.operation(operation.operation_id),
            **({"id": task_id} if operation.operation_id == "getTask" else {}),
        )
        for operation in REGISTRY
        if operation.method == "GET"
    }
    assert {name: int(each.status_code) for name, each in responses.items()} == dict.fromkeys(
        responses, 200
    )
    unread = [name for name, each in responses.items() if not hasattr(each.parsed, "field_data")]
    assert unread == []
    parsed = {name: each.parsed.to_dict() for name, each in responses.items()}
    sent = {name: json.loads(each.content) for name, each in responses.items()}
    assert parsed == sent
    assert responses["getUsers"].parsed.field_data[0].login == "margaret.hale"
    unknown = api.call(api.operation("getUserById"), id=999)
    assert unknown.status_code == 404
    assert unknown.parsed.to_dict() == {
        "error": {"type": "invalid_request_error", "message": "User not found"}
    }


def test_a_client_in_python_controls_the_mock(
    control: Generated, demo: Portal, server: MockServer
) -> None:
    reads = [
        operation["operationId"]
        for path, methods in control.document["paths"].items()
        for method, operation in methods.items()
        if method == "get" and "{" not in path.replace("{domain}", "")
        if operation["operationId"] not in ("streamRequests", "savePortal")
    ]
    responses = {name: control.call(control.operation(name)) for name in reads}
    assert {name: int(each.status_code) for name, each in responses.items()} == dict.fromkeys(
        reads, 200
    )
    assert [name for name, each in responses.items() if each.parsed is None] == []
    fault = control.model("FaultRule")(path="/users/*", status=503, latency=0)
    added = control.call(control.operation("addFault"), body=fault)
    assert (added.status_code, added.parsed.number) == (201, 1)

    file = control.call(control.operation("savePortal")).parsed
    assert file.payload.read(15) == b"SQLite format 3"
    file.payload.seek(0)
    values = {"body": file, "domain": f"{demo.domain}copy", "api_key": "copy"}
    opened = control.call(control.operation("openPortal"), **values)
    assert (opened.status_code, opened.parsed.domain) == (201, f"{demo.domain}copy")
    copy = server.portals.of_domain(f"{demo.domain}copy")
    assert copy is not None
    server.remove_portal(copy)


PROGRAM = dedent(
    """
    import type { components, paths } from "./api";
    import type { components as control, operations } from "./control";

    type Users = paths["/api/v2/users"]["get"]["responses"]["200"]["content"]["application/json"];

    export function logins(users: Users): string[] {
      return users._data.map((user) => user.last_login ?? user.login);
    }

    export const user: components["schemas"]["UserInput"] = {
      name: "Ada",
      surname: "Lovelace",
      login: "ada",
      email: "ada@example.com",
      password: "Passw0rd",
      status: true,
    };

    // @ts-expect-error: the login is a text
    export const wrong: components["schemas"]["UserInput"]["login"] = 5;

    export const fault: control["schemas"]["FaultRule"] = {
      path: "/users/*",
      latency: 0.5,
      sequence: [503, "timeout", null],
    };

    export const page: NonNullable<operations["listUsers"]["parameters"]["query"]> = {
      // @ts-expect-error: the limit is a number
      limit: "20",
    };
    """
)


@pytest.mark.skipif(
    not (Path(MODULES) / "openapi-typescript").is_dir() or not shutil.which("node"),
    reason="TALENTLMS_TEST_NODE_MODULES has no openapi-typescript, or there is no node",
)
def test_types_in_typescript_compile(tmp_path: Path) -> None:
    for which, document in DOCUMENTS.items():
        source = tmp_path / f"{which}.json"
        source.write_text(json.dumps(document), encoding="utf-8")
        cli = f"{MODULES}/openapi-typescript/bin/cli.js"
        run("node", cli, source, "-o", tmp_path / f"{which}.ts")
    program = tmp_path / "program.ts"
    program.write_text(PROGRAM, encoding="utf-8")
    options = ("--noEmit", "--strict", "--skipLibCheck", "--lib", "es2022")
    run("node", f"{MODULES}/typescript/bin/tsc", *options, program)


GENERATOR = shutil.which("openapi-generator-cli") or shutil.which("openapi-generator")


@pytest.mark.skipif(not GENERATOR, reason="openapi-generator is not installed")
@pytest.mark.skipif(not shutil.which("go"), reason="Go is not installed")
@pytest.mark.parametrize("which", DOCUMENTS)
def test_a_client_in_go_compiles(which: str, tmp_path: Path) -> None:
    source, target = tmp_path / "document.json", tmp_path / "client"
    source.write_text(json.dumps(DOCUMENTS[which]), encoding="utf-8")
    run(str(GENERATOR), "generate", "-g", "go", "-i", source, "-o", target)
    shutil.rmtree(target / "test")  # it needs a package from the network
    run("go", "build", "./...", cwd=target)


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a program, and show what it prints where it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
