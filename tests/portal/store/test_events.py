import pytest

from talentlms_mock.errors import MockError
from talentlms_mock.portal.store.events import EVENT_TYPES, message


def test_every_event_has_a_sentence() -> None:
    about = {"user": "Ada", "course": "C", "group": "G", "branch": "B", "unit": "U"}
    assert len(EVENT_TYPES) == 45
    for event_type in EVENT_TYPES:
        assert "{" not in message(event_type, **about)
        assert "None" not in message(event_type, **about)


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(MockError, match=r"\(did you mean 'user_create_user'\?\)"):
        message("user_created_user")
