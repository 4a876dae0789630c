"""Changing users and courses from Python."""

import pytest

from talentlms_mock import InvalidValue, NotFound, Portal, RuleBroken


def test_user_is_changed_as_by_the_api(empty: Portal) -> None:
    empty.add_user_field("Team")
    ada = empty.add_user("ada")
    empty.add_user("eve")

    changed = empty.change_user(ada, login="ada.l", status="inactive", custom_fields={"Team": "A"})

    assert (changed.id, changed.login, changed.status) == (ada.id, "ada.l", "inactive")
    assert changed.custom_fields == {"Team": "A"}
    assert (changed.name, changed.email) == (ada.name, ada.email)
    assert empty.events[-1].event_type == "user_property_change"
    with pytest.raises(RuleBroken):
        empty.change_user("eve", login="ADA.L")
    with pytest.raises(InvalidValue):
        empty.change_user("eve", email="no address")
    with pytest.raises(NotFound):
        empty.change_user(77, name="X")
    with pytest.raises(TypeError, match="takes no argument 'nme'"):
        empty.change_user("eve", nme="X")  # type: ignore[call-arg]  # refused
    assert empty.change_user("eve").login == "eve"


def test_course_is_changed_as_by_the_api(empty: Portal) -> None:
    category = empty.add_category("Maths")
    empty.add_course("Algebra", code="M-1", status="inactive", price=5)

    changed = empty.change_course("M-1", name="Geometry", category=category, cover_image=None)

    assert (changed.name, changed.code, changed.status) == ("Geometry", "M-1", "inactive")
    assert (changed.category_id, changed.price) == (1, 5)
    assert empty.events[-1].event_type == "course_update_course"
    with pytest.raises(NotFound):
        empty.change_course(1, category="Science")
    image = "https://example.com/x.png"
    assert empty.change_course(1, cover_image=image).cover_image == image
