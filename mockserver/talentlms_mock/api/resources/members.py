"""The users of a group or branch, as both list them (operations.md, 40)."""

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Column, Table, bindparam, select

from talentlms_mock.api.fidelity import INFERRED
from talentlms_mock.api.page import Listing
from talentlms_mock.api.resources.shapes import Reference
from talentlms_mock.api.rows import json_object
from talentlms_mock.api.values import Shape, Timestamp
from talentlms_mock.portal.store.models import user_types, users


class Member(Shape):
    """A user of a group or branch."""

    id: Annotated[int, Field(description="The user's id.")]
    login: Annotated[str, Field(description="What the user signs in with.")]
    name: Annotated[str, Field(description="The first name.")]
    surname: Annotated[str, Field(description="The last name.")]
    email: Annotated[str, Field(description="The email address.")]
    user_type: Annotated[Reference, INFERRED, Field(description="The user's type.")]
    status: Annotated[
        Literal["active", "inactive"], Field(description="Whether the user may sign in.")
    ]
    last_login: Annotated[
        Timestamp | None, Field(description="When the user signed in last; null where never.")
    ]


def members(membership: Table, holder: Column[int]) -> Listing:
    """Return the list of the users whose `holder`, a column of `membership`, is parameter `id`."""
    rows = membership.join(users, users.c.id == membership.c.user_id).join(user_types)
    item = json_object(
        id=users.c.id,
        login=users.c.login,
        name=users.c.name,
        surname=users.c.surname,
        email=users.c.email,
        user_type=json_object(id=user_types.c.id, name=user_types.c.name),
        status=users.c.status,
        last_login=users.c.last_login,
    )
    return Listing(
        select(item).select_from(rows), membership, membership.c.user_id, holder == bindparam("id")
    )
