"""The recipes for Testcontainers run, against a mock that a stand-in for the container names."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from talentlms_mock import MockServer
from tests.packaging.pages import files

RECIPES = files("testcontainers.md")
TOKEN = "a-token-of-these-tests"
_TIME_LIMIT = 60

_PYTHON = {
    "testcontainers/__init__.py": "",
    "testcontainers/core/__init__.py": "",
    "testcontainers/core/wait_strategies.py": """
class HttpWaitStrategy:
    def __init__(self, port, path):
        assert (port, path) == (8080, "/__mock__/health")
""",
    "testcontainers/core/container.py": f"""
import os

class DockerContainer:
    def __init__(self, image):
        assert image.startswith("ghcr.io/talentlms-mock/talentlms-mock:")

    def with_exposed_ports(self, *ports):
        self.ports = ports
        return self

    def with_env(self, name, value):
        assert (name, value) == ("TALENTLMS_MOCK_CONTROL_TOKEN", {TOKEN!r})

    def waiting_for(self, strategy):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def get_container_host_ip(self):
        return "localhost"

    def get_exposed_port(self, port):
        assert port in self.ports
        return int(os.environ[f"PORT_{{port}}"])
""",
}
_NODE = {
    "node_modules/testcontainers/package.json": '{"type": "module", "exports": "./index.js"}',
    "node_modules/testcontainers/index.js": """
export const Wait = { forHttp: (path, port) => `${port}${path}` };

export class GenericContainer {
  withExposedPorts(...ports) { this.ports = ports; return this; }
  withEnvironment(variables) { this.variables = variables; return this; }
  withWaitStrategy(strategy) { this.strategy = strategy; return this; }
  async start() {
    if (this.strategy !== "8080/__mock__/health") throw new Error(this.strategy);
    return this;
  }
  async stop() {}
  getHost() { return "localhost"; }
  getMappedPort(port) {
    if (!this.ports.includes(port)) throw new Error(`${port} is not exposed`);
    return process.env[`PORT_${port}`];
  }
}
""",
}
_JAVA = {
    "org/testcontainers/containers/GenericContainer.java": """
package org.testcontainers.containers;

import org.testcontainers.containers.wait.strategy.HttpWaitStrategy;

public class GenericContainer<SELF extends GenericContainer<SELF>> implements AutoCloseable {
    public GenericContainer(String image) {}
    @SuppressWarnings("unchecked") private SELF self() { return (SELF) this; }
    public SELF withExposedPorts(Integer... ports) { return self(); }
    public SELF withEnv(String name, String value) { return self(); }
    public SELF waitingFor(HttpWaitStrategy strategy) { return self(); }
    public void start() {}
    public String getHost() { return "localhost"; }
    public Integer getMappedPort(int port) {
        return Integer.valueOf(System.getenv("PORT_" + port));
    }
    @Override public void close() {}
}
""",
    "org/testcontainers/containers/wait/strategy/HttpWaitStrategy.java": """
package org.testcontainers.containers.wait.strategy;

public class HttpWaitStrategy {
    public HttpWaitStrategy forPort(int port) { return this; }
}
""",
    "org/testcontainers/containers/wait/strategy/Wait.java": """
package org.testcontainers.containers.wait.strategy;

public class Wait {
    public static HttpWaitStrategy forHttp(String path) { return new HttpWaitStrategy(); }
}
""",
}


@pytest.fixture
def ports() -> Iterator[dict[str, str]]:
    """The variables by which a stand-in finds the mock, which has a portal besides."""
    with MockServer(control_token=TOKEN) as server:
        server.create_portal(dataset="empty")
        yield {"PORT_8443": str(server.https_port), "PORT_8080": str(server.http_port)}


def _written(folder: Path, suffix: str, stand_in: dict[str, str]) -> Path:
    shown = {name: text for name, text in RECIPES.items() if name.endswith(suffix)}
    assert len(shown) == 2
    for name, text in {**shown, **stand_in}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _run(folder: Path, *words: str, **variables: str) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **variables},
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_recipe_for_python_runs(ports: dict[str, str], tmp_path: Path) -> None:
    folder = _written(tmp_path, ".py", _PYTHON)
    pytest_words = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}

    assert "1 passed" in _run(folder, *pytest_words, "test_container.py", **ports, **alone)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_recipe_for_node_runs(ports: dict[str, str], tmp_path: Path) -> None:
    folder = _written(tmp_path, ".mjs", _NODE)

    _run(folder, "node", "users.test.mjs", **ports)


@pytest.mark.skipif(shutil.which("javac") is None, reason="javac is not installed")
def test_the_recipe_for_java_runs(ports: dict[str, str], tmp_path: Path) -> None:
    folder = _written(tmp_path, ".java", _JAVA)
    _run(folder, "javac", *sorted(map(str, folder.rglob("*.java"))))

    assert _run(folder, "java", "Users", **ports) == "200\n"
