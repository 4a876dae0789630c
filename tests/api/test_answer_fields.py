"""What a portal may know of the fields of answers."""

from mockserver.api.answer_fields import answer_fields
from mockserver.api.operation import REGISTRY
from mockserver.portal.answer_fields import is_field


def test_every_shape_can_be_read() -> None:
    for operation in REGISTRY:
        fields = answer_fields(operation)
        assert (fields is None) == (operation.answer.status == 204)
        if fields is not None:
            assert is_field("_meta.pagination.total_pages", fields) == operation.paginated


def test_the_fields_of_a_user() -> None:
    fields = answer_fields(REGISTRY["getUserById"])
    assert fields is not None
    names = ("email", "user_type.name", "custom_fields.value", "available_types.id", "avatar.xl")
    assert all(is_field(name, fields) for name in names)
    assert not any(is_field(name, fields) for name in ("email.x", "mail", "avatar.xxl"))
