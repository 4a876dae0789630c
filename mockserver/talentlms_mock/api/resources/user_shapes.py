"""The shapes of users in answers (operations.md, 1-4)."""

from typing import Annotated, Literal

from pydantic import Field

from talentlms_mock.api.fidelity import DOCUMENTED
from talentlms_mock.api.resources.shapes import CustomFieldValue, Image, RichText
from talentlms_mock.api.values import Shape, Timestamp

Status = Literal["active", "inactive"]


class ListedUser(Shape):
    """A user in a list."""

    id: Annotated[int, Field(description="The user's id.")]
    login: Annotated[str, Field(description="What the user signs in with.")]
    name: Annotated[str, Field(description="The first name.")]
    surname: Annotated[str, Field(description="The last name.")]
    email: Annotated[str, Field(description="The email address.")]
    avatar: Annotated[Image, Field(description="The picture, else the portal's own.")]
    type: Annotated[str, Field(description="The name of the user's type.")]
    registration: Annotated[Timestamp, Field(description="When the user was added.")]
    last_login: Annotated[
        Timestamp | None, Field(description="When the user signed in last; null where never.")
    ]
    status: Annotated[Status, Field(description="Whether the user may sign in.")]
    integration_user_id: Annotated[
        str | None,
        Field(
            description="The user's id in the system that it comes from; null where it comes "
            "from none."
        ),
    ]
    timezone: Annotated[
        str | None,
        Field(description="The name of the time zone, like Europe/London; null where unset."),
        DOCUMENTED,
    ]
    language: Annotated[
        str | None,
        Field(description="The language and country, like en-US; null where unset."),
        DOCUMENTED,
    ]
    last_updated: Annotated[
        Timestamp | None,
        Field(
            description="When the user was changed last; what counts is up to the quirk "
            "null where never."
        ),
        DOCUMENTED,
    ]


class UserType(Shape):
    """A user type, which decides what its users may do."""

    id: Annotated[int, Field(description="The type's id.")]
    name: Annotated[str, Field(description="The type's name.")]
    is_default: Annotated[
        bool, Field(description="Whether it is the type of a new user."), DOCUMENTED
    ]


class User(Shape):
    """A user."""

    id: Annotated[int, Field(description="The user's id.")]
    login: Annotated[str, Field(description="What the user signs in with.")]
    name: Annotated[str, Field(description="The first name.")]
    surname: Annotated[str, Field(description="The last name.")]
    email: Annotated[str, Field(description="The email address.")]
    credits: Annotated[
        float | None, Field(description="What the user can spend on courses; null where unset.")
    ]
    description: Annotated[
        RichText | None,
        Field(description="What the user says of itself; null where there is nothing."),
    ]
    avatar: Annotated[Image, Field(description="The picture, else the portal's own.")]
    custom_fields: Annotated[
        list[CustomFieldValue],
        Field(description="Every custom field of users, and the user's value."),
    ]
    email_notifications: Annotated[bool, Field(description="Whether the portal sends emails.")]
    timezone: Annotated[
        str, Field(description="The name of the user's time zone, like Europe/London.")
    ]
    locale: Annotated[str, Field(description="The user's language and country.")]
    user_type: Annotated[UserType, Field(description="The user's current type.")]
    status: Annotated[Status, Field(description="Whether the user may sign in.")]
    deactivation_date: Annotated[
        Timestamp | None, Field(description="When the user becomes inactive; null is never.")
    ]
    available_types: Annotated[
        list[UserType], Field(description="The types that the user may switch to.")
    ]


class CreatedUser(Shape):
    """A user that was created."""

    id: Annotated[int, Field(description="The new user's id.")]
