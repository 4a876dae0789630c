"""What a portal may know of the fields of answers."""

from dataclasses import replace
from typing import Any

from talentlms_mock.api.operation import REGISTRY, one
from talentlms_mock.api.response_fields import fields_of_response
from talentlms_mock.api.values import Shape
from talentlms_mock.portal.contract.response_fields import is_field


def test_every_shape_can_be_read() -> None:
    for operation in REGISTRY:
        fields = fields_of_response(operation)
        assert (fields is None) == (operation.response.status == 204)
        if fields is not None:
            assert is_field("_meta.pagination.total_pages", fields) == operation.paginated
            assert is_field("_meta.filtered_by.status.eq", fields) == (
                operation.paginated and bool(operation.filters)
            )


class Loose(Shape):
    rules: dict[str, str] | None
    more: Any


def test_a_value_of_any_form_has_any_field() -> None:
    operation = replace(REGISTRY["getUserById"], response=one(Loose))
    fields = fields_of_response(operation)
    assert fields is not None
    assert is_field("rules.whatever", fields)
    assert is_field("more.of.it", fields)
    assert not is_field("other", fields)


def test_the_fields_of_a_user() -> None:
    fields = fields_of_response(REGISTRY["getUserById"])
    assert fields is not None
    names = ("email", "user_type.name", "custom_fields.value", "available_types.id", "avatar.xl")
    assert all(is_field(name, fields) for name in names)
    assert not any(is_field(name, fields) for name in ("email.x", "mail", "avatar.xxl"))
