"""What an import says of itself before it begins."""

import pytest

from talentlms_mock.verify.importing import estimate
from talentlms_mock.verify.importing.estimate import Estimate, duration, look_around
from talentlms_mock.verify.importing.kept import Kept
from talentlms_mock.verify.importing.reader import Reader
from talentlms_mock.verify.importing.run import Import
from tests.conftest import NewPortal
from tests.verify.importing.vendor import NO_LIMITS, NOW, Troubled
from tests.verify.vendor import FakeTime


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (90, "about 2 minutes"),
        (3_600, "about 1 hour"),
        (100_000, "about 1 day"),
        (200_000, "about 2 days"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("requests", "done", "limit", "remaining", "seconds"),
    [
        (400, 0, None, None, 100),
        (400, 200, None, None, 50),
        (400, 0, 2_000, 2_000, 100),
        (401, 0, 2_000, 2_000, 3_600),
        (17_000, 0, 2_000, 2_000, 42 * 3_600),
        (17_000, 16_600, 2_000, None, 100),
        (17_000, 0, 10_000, 0, 9 * 3_600),
    ],
)
def test_how_long_it_takes(
    requests: int, done: int, limit: int | None, remaining: int | None, seconds: float
) -> None:
    found = Estimate({"users": requests}, done, limit, remaining, 0.2)
    assert found.requests == requests
    assert found.seconds == seconds


@pytest.mark.parametrize("most", [20, 3])
def test_it_is_near_what_is_sent(
    most: int, new_portal: NewPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "_SAMPLES", most)
    vendor = new_portal(**NO_LIMITS, users=40, seed=7, dataset="demo", clock=NOW)
    found = Import(Kept(), "acme")
    sender = Troubled(vendor)
    reader = Reader(sender, vendor.api_key, FakeTime().pace(), found.kept, found.taker)
    look_around(reader, found.kept, ())
    looked = sender.sent
    assert looked <= 8 + most
    about = estimate.estimate(reader, found.kept, (), 0.2)
    assert about.done == looked
    reader.run()
    exact = {"users", "rewards", "courses", "groups", "branches", "categories", "learning-paths"}
    assert exact <= about.stages.keys()
    assert about.requests / 2 < sender.sent < about.requests * 2
