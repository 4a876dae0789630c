"""All of a release but the upload: `make release-check`.

The sdist and the wheel are built and checked, and so are the files of images and CI. Each Python
that is here installs the wheel into an empty environment, serves with it, and runs the example of
docs/deploy/install.md.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
SBOM = DIST / "sbom.json"
INSTALL = ROOT / "docs" / "deploy" / "install.md"
DEPLOY, GITHUB = ROOT / "deploy", ROOT / ".github"
OLDEST, NEWEST = (3, 11), (3, 14)
_PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
_VERSION = "import sys; print(*sys.version_info[:2])"
_SERVE = """
import subprocess, sys
ports = ["--https-port", "0", "--http-port", "0"]
with subprocess.Popen([sys.argv[1], "serve", *ports], stdout=subprocess.PIPE, text=True) as mock:
    try:
        assert any(line.startswith("curl ") for line in mock.stdout), "serve has ended"
        subprocess.run([sys.argv[1], "healthcheck", "--wait", "10"], check=True)
    finally:
        mock.terminate()
"""


def main() -> None:
    """Build, check and try the packages; the first failure ends it."""
    shutil.rmtree(DIST, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    packages = sorted(DIST.iterdir())
    _run(_tool("twine"), "check", "--strict", *packages)
    _lint()
    (wheel,) = DIST.glob("*.whl")
    _run(_tool("check-wheel-contents"), "--config", ROOT / "pyproject.toml", wheel)
    with tempfile.TemporaryDirectory() as folder:
        for version, python in sorted(pythons().items()):
            _try(version, python, wheel, Path(folder))
    print("Everything but the upload is done: push a tag like v0.1.0 for that.")


def _lint() -> None:
    """Check the files that only others can run: of the image, of compose, Kubernetes and CI."""
    schema = (_tool("check-jsonschema"), "--builtin-schema")
    _run(*schema, "vendor.compose-spec", *DEPLOY.glob("compose.*.yaml"))
    _run(*schema, "vendor.github-workflows", *GITHUB.glob("workflows/*.yml"))
    _run(*schema, "vendor.github-actions", *GITHUB.glob("actions/*/action.yml"))
    _run(_tool("kubernetes-validate"), "--strict", *DEPLOY.glob("kubernetes/*.yaml"))
    _run(_tool("zizmor"), "--offline", GITHUB)
    if sys.platform == "linux":
        _run(_tool("hadolint"), ROOT / "Dockerfile")


def pythons() -> dict[tuple[int, int], Path]:
    """Return the first interpreter of each version that is here."""
    found: dict[tuple[int, int], Path] = {}
    for path in _candidates():
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            major, minor = map(int, done.stdout.split())
            if OLDEST <= (major, minor) <= NEWEST:
                found.setdefault((major, minor), path)
    return found


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        on_path = shutil.which(f"python3.{minor}")
        if on_path:
            yield Path(on_path)
        yield from sorted(_PYENV.glob(f"3.{minor}.*/bin/python"))


def _try(version: tuple[int, int], python: Path, wheel: Path, folder: Path) -> None:
    """Install the wheel into an empty environment, and use what is there."""
    print(f"--- Python {version[0]}.{version[1]}: {python}", flush=True)
    home = folder / f"{version[0]}.{version[1]}"
    _run(python, "-m", "venv", home / "venv")
    scripts = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = (scripts / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "install", "--no-compile", wheel)
    if not SBOM.exists():
        _run(_tool("cyclonedx-py"), "environment", "--output-file", SBOM, scripts / "python")
    environment = os.environ | {"TALENTLMS_MOCK_DATA_DIR": str(home / "data"), "PYTHONPATH": ""}
    _run(scripts / "talentlms-mock", "--version", environment=environment)
    serve = (scripts / "python", "-c", _SERVE, scripts / "talentlms-mock")
    _run(*serve, environment=environment)
    _run(*pip, "install", "--no-compile", f"{wheel}[pytest]")
    for name, content in example().items():
        (home / name).write_text(content, encoding="utf-8")
    _run(scripts / "python", "-m", "pytest", "-q", home, environment=environment)


def example() -> dict[str, str]:
    """Return the files of the example, by their names."""
    text = INSTALL.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(# ([\w.]+)\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {name: content for content, name in blocks}


def _tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _run(*words: str | Path, environment: dict[str, str] | None = None) -> None:
    print("$", " ".join(map(str, words)), flush=True)
    done = subprocess.run(list(map(str, words)), check=False, cwd=ROOT.parent, env=environment)
    if done.returncode:
        sys.exit(f"make release-check: this command failed with status {done.returncode}.")


if __name__ == "__main__":
    main()
