import pytest

from mockserver.portal import journal as module
from mockserver.portal.journal import Exchange, Journal


def exchange(journal: Journal, answer: bytes = b"") -> Exchange:
    return Exchange(
        number=journal.next_number(),
        time=0.0,
        duration=0.0,
        method="GET",
        target="/api/v2/users",
        operation_id="getUsers",
        raw_headers=[],
        body=b"",
        status=200,
        answer=answer,
        reason="",
    )


def test_the_oldest_exchanges_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_EXCHANGES", 10_000)
    journal = Journal()
    for _ in range(10_002):
        journal.add(exchange(journal))
    numbers = [item.number for item in journal]
    assert (len(journal), numbers[0], numbers[-1]) == (10_000, 3, 10_002)


def test_the_oldest_bodies_go_before_their_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BODY_BYTES", 250)
    journal = Journal()
    for _ in range(4):
        journal.add(exchange(journal, answer=b"x" * 100))
    assert [item.answer and len(item.answer) for item in journal] == [None, None, 100, 100]
