"""What a program called, summed up."""

from talentlms_mock.cli.run_summary import Calls
from talentlms_mock.portal.journal.journal import Journal
from talentlms_mock.portal.journal.last_page import LastPages
from tests.portal.journal.test_journal import exchange


def test_the_last_page_in_a_row_is_one_warning_with_its_final_number() -> None:
    calls, pages, journal = Calls(), LastPages(), Journal()
    for _ in range(12):
        warnings: list[str] = []
        pages.ask("/api/v2/users", {"page[number]": "5"}, warnings)
        calls.add(exchange(journal, warnings=warnings))
    for _ in range(2):
        calls.add(exchange(journal, warnings=["no Accept header"]))
    assert {text.partition(":")[0]: count for text, count in calls.warnings.items()} == {
        "no Accept header": 2,
        "the last page was asked for 12 times in a row": 1,
    }
    assert calls.summary() == "14 requests, 3 contract warnings, 0 refused by the proxy."
