"""Output that is not read, full, closed, or in another encoding: it costs lines at most."""

import io
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest

from talentlms_mock.cli import output as module
from talentlms_mock.cli.output import Output, outputs
from talentlms_mock.tls.contexts import ca_file, client_context

LIMIT = 120.0
"""Seconds within which a program ends, on any machine."""


@contextmanager
def pipe(encoding: str = "utf-8") -> Iterator[tuple[int, IO[str]]]:
    """Give the end of a pipe that is read, and a stream that writes to it."""
    reader, writer = os.pipe()
    try:
        with open(writer, "w", encoding=encoding) as stream:
            yield reader, stream
    finally:
        os.close(reader)


def read_all(reader: int, end: str) -> str:
    text = ""
    while not text.endswith(end):
        text += os.read(reader, 65_536).decode()
    return text


def test_lines_that_nobody_reads_are_counted_and_said_once_somebody_does() -> None:
    line = "x" * 999 + "\n"
    with pipe() as (reader, stream):
        output = Output(stream)
        for _ in range(5_000):
            assert output.write(line) == len(line)
        text = ""
        while text.count("\n") < 500:  # so that there is room again
            text += os.read(reader, 65_536).decode()
        output.write("the end\n")
        text += read_all(reader, "the end\n")
        output.close()
    lost = re.findall(r"talentlms-mock: lost ([\d,]+) lines? of output here", text)
    missing = sum(int(count.replace(",", "")) for count in lost)
    assert text.count(line) + missing == 5_000
    assert missing > 3_000


def test_closing_waits_for_lines_that_are_read_and_for_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pipe() as (reader, stream):
        output = Output(stream)
        output.write("one\n")
        output.close()
        output.write("two\n")
        assert os.read(reader, 100) == b"one\n"
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.01)
    with pipe() as (reader, stream):
        output = Output(stream)
        output.write("x" * 900_000 + "\n")
        output.close()


def test_the_end_says_what_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_BYTES", 10)
    with pipe() as (reader, stream):
        output = Output(stream)
        output.write("a line that is too long\n")
        output.write("short\n")
        output.write("another line that is too long\n")
        output.close()
        text = os.read(reader, 65_536).decode()
    lost = "talentlms-mock: lost 1 line of output here, since nobody read in time.\n"
    assert text == f"{lost}short\n{lost}"


def test_a_pipe_that_does_not_wait_gets_everything() -> None:
    with pipe() as (reader, stream):
        os.set_blocking(stream.fileno(), False)
        output = Output(stream)
        output.write("x" * 500_000 + "\n")
        assert len(read_all(reader, "\n")) == 500_001
        output.close()


def test_what_an_encoding_lacks_is_escaped() -> None:
    with pipe("ascii") as (reader, stream):
        output = Output(stream)
        output.write("Zoé\n")
        output.close()
        assert os.read(reader, 100) == b"Zo\\xe9\n"


def test_a_closed_stream_takes_everything_and_keeps_nothing() -> None:
    output = Output(None)
    assert (output.write("one\n"), output.isatty(), output.encoding) == (4, False, "utf-8")
    with pytest.raises(OSError, match="closed"):
        output.fileno()
    output.flush()
    output.close()
    with pipe() as (_, stream):
        pass
    output = Output(stream)  # which is closed
    output.write("one\n")
    output.close()


def test_a_reader_that_left_costs_lines() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:
        output = Output(stream)
        assert (output.fileno(), output.isatty()) == (writer, False)
        output.write("one\n")
        output.close()


def test_a_stream_without_a_descriptor_is_written() -> None:
    stream = io.StringIO()
    output = Output(stream)
    output.write("one\n")
    output.close()
    assert stream.getvalue() == "one\n"


def test_what_is_logged_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with outputs() as (out, _):
        out.write("printed\n")
        logging.getLogger("talentlms_mock").warning("logged")
    logging.getLogger("talentlms_mock").warning("logged after it")
    assert capsys.readouterr() == ("printed\n", "logged\n")


def serving(**options: object) -> "subprocess.Popen[bytes]":
    words = ["serve", "--https-port", "0", "--http-port", "0", "--burst-limit", "1000000"]
    words += ["--hourly-limit", "1000000"]
    command = [sys.executable, "-m", "talentlms_mock", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload,no-any-return]


def test_serve_answers_and_ends_though_nobody_reads_its_output() -> None:
    with serving(stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, b"")
            url = next(line for line in lines if line.startswith(b"Base URL")).decode().split()[-1]
            headers = {"X-API-Key": "mock-api-key", "X-API-Version": "2025-07-01"}
            with httpx.Client(verify=client_context(ca_file()), timeout=LIMIT) as client:
                long = "x" * 20_000
                for number in range(150):  # 3 MB of lines
                    client.get(f"{url}/users/1?n={number}{long}", headers=headers)
                assert client.get(f"{url}/users/1", headers=headers).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("output", ["closed", "/dev/full"])
def test_serve_answers_without_an_output(output: str, data_dir: Path) -> None:
    if output == "closed":
        process = serving(preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
    else:
        with open(output, "wb") as full:
            process = serving(stdout=full, stderr=subprocess.PIPE)
    with process:
        try:
            while not (found := list((data_dir / "running").glob("*.json"))):
                assert process.poll() is None
            port = int(found[0].stem)
            answer = httpx.get(f"http://127.0.0.1:{port}/__mock__/health", timeout=LIMIT)
            assert answer.status_code == 200
            assert httpx.get(f"http://127.0.0.1:{port}/api/v2/users").status_code == 400
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""
        finally:
            process.kill()
