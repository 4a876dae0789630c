"""The shapes of courses in answers (operations.md, 21-25)."""

from typing import Annotated, Literal

from pydantic import Field

from talentlms_mock.api.fidelity import INFERRED, OBSERVED_TOOL
from talentlms_mock.api.resources.categories import CategoryOfCourse
from talentlms_mock.api.resources.shapes import CustomFieldValue, Price, Reference, RichText
from talentlms_mock.api.values import Shape, Timestamp

Status = Literal["active", "inactive"]

CourseId = Annotated[int, Field(description="The course's id.")]
Name = Annotated[str, Field(description="The name of the course.")]
InCategory = Annotated[
    CategoryOfCourse | None, Field(description="The category that it is in; null is none.")
]
Description = Annotated[
    RichText | None, Field(description="What it is about; null where there is no description.")
]
Code = Annotated[
    str | None, Field(description="The code, unique among courses; null where there is none.")
]
CourseStatus = Annotated[
    Status, Field(description="Whether it is open: inactive is closed to learners.")
]
Created = Annotated[Timestamp, Field(description="The moment at which the course was created.")]
Updated = Annotated[Timestamp, Field(description="When it was last changed.")]
FullPrice = Annotated[Price | None, Field(description="What it costs; null is free of charge.")]
DiscountedPrice = Annotated[
    Price | None, Field(description="What it costs with a discount; null where there is none.")
]
Level = Annotated[
    int | None, Field(description="The level of difficulty, from 0; null where unset.")
]
Capacity = Annotated[int | None, Field(description="How many users it can have; null is any.")]
Hidden = Annotated[bool, Field(description="Whether the catalog leaves it out.")]
Locked = Annotated[bool, Field(description="Whether it is shown, but cannot be entered.")]
TimeLimit = Annotated[
    int | None,
    Field(description="How many days a user has from the enrollment on; null is no limit."),
]
PublicKey = Annotated[
    str | None, Field(description="The key of its public address; null where it has none.")
]
Prerequisite = Annotated[bool, Field(description="Whether another course demands it first.")]
Licenses = Annotated[
    int | None, Field(description="How many more users it can have; null is any number.")
]


class CreatedCourse(Shape):
    """A course that has just been created."""

    id: CourseId
    name: Name
    category: InCategory
    description: Description
    code: Code
    status: CourseStatus
    creation_date: Created
    last_updated_on: Updated
    price: FullPrice
    discounted_price: DiscountedPrice
    level: Level
    capacity: Capacity
    is_hidden_from_catalog: Hidden
    is_locked: Locked
    time_limit: TimeLimit


class ListedCourse(Shape):
    """A course in a list."""

    id: CourseId
    name: Name
    category: InCategory
    description: Description
    code: Code
    status: CourseStatus
    creation_date: Created
    last_updated_on: Updated
    price: FullPrice
    capacity: Capacity
    is_hidden_from_catalog: Hidden
    is_locked: Locked
    public_key: PublicKey
    is_prerequisite: Prerequisite
    remaining_licenses: Licenses


class IntroVideo(Shape):
    """A video that introduces a course."""

    url: Annotated[str, Field(description="The address of the video.")]
    type: Annotated[
        Literal["youtube", "vimeo", "file"],
        Field(description="Where it is: youtube is recorded, the others are our words."),
    ]


class CoverImage(Shape):
    """A cover image's addresses in five sizes."""

    default: Annotated[str, Field(description="The address of the usual size.")]
    sm: Annotated[str, Field(description="The address of the small one.")]
    md: Annotated[str, Field(description="The address of the middle one.")]
    lg: Annotated[str, Field(description="The address of the large one.")]
    xl: Annotated[
        str | None, Field(description="The address of the largest one; null where there is none.")
    ]


class Rating(Shape):
    """What learners think of a course."""

    average: Annotated[float, Field(description="The average, from 0 to 5.")]
    count: Annotated[int, Field(description="How many have rated it.")]


class CompletionRule(Shape):
    """What completes a course."""

    rule_type: Annotated[
        Literal["all_units", "unit_percentage", "complete_units"],
        Field(description="The rule: all_units is recorded, the others are our words."),
    ]
    unit_percentage: Annotated[
        int | None,
        Field(
            description="With unit_percentage, the share of the units that completes it, in "
            "percent; else null."
        ),
    ]
    complete_units: Annotated[
        list[int] | None,
        Field(description="With complete_units, the ids of the units that complete it; else null."),
    ]


class ScoreRule(Shape):
    """What a course's score is the average of."""

    rule_type: Annotated[
        Literal["all_tests_and_assignments", "score_units"],
        Field(description="The rule: the first is recorded, the other is our word."),
    ]
    score_units: Annotated[
        list[int] | None,
        Field(description="With score_units, the ids of the units that count; else null."),
    ]


class CourseRules(Shape):
    """How a course is taken, completed and scored."""

    traversal: Annotated[
        Literal["any", "sequential"],
        Field(description="The order of its units: sequential is recorded, any is our word."),
    ]
    prerequisites: Annotated[
        list[Reference],
        INFERRED,
        Field(description="The courses that must be completed before it can be entered."),
    ]
    completion: Annotated[
        list[CompletionRule], Field(description="What completes it: all of these rules.")
    ]
    score_calculation: Annotated[list[ScoreRule], Field(description="How its score is made.")]


class Availability(Shape):
    """Whether users can be enrolled in a course now."""

    is_available: Annotated[bool, Field(description="Whether users can be enrolled now.")]
    reason: Annotated[
        Literal["inactive", "not_started", "expired", "full"] | None,
        INFERRED,
        Field(description="Why they cannot; null where they can."),
    ]


class Course(Shape):
    """A course, without its units."""

    id: CourseId
    name: Name
    category: InCategory
    description: Description
    code: Code
    status: CourseStatus
    creation_date: Created
    last_updated_on: Updated
    price: FullPrice
    discounted_price: DiscountedPrice
    intro_video: Annotated[
        IntroVideo | None,
        Field(description="A video that introduces it; null where there is none."),
    ]
    cover_image: Annotated[
        CoverImage, Field(description="The addresses of a picture of it, in five sizes.")
    ]
    level: Level
    capacity: Capacity
    is_hidden_from_catalog: Hidden
    is_locked: Locked
    rating: Annotated[
        Rating | None,
        INFERRED,
        Field(description="What learners think of it; null until one has rated it."),
    ]
    rules: Annotated[CourseRules, Field(description="How it is taken, completed and scored.")]
    starts_at: Annotated[Timestamp | None, Field(description="When it begins; null is at once.")]
    expires_at: Annotated[Timestamp | None, Field(description="When it is over; null is never.")]
    time_limit: TimeLimit
    availability: Annotated[
        Availability, Field(description="Whether users can be enrolled in it now.")
    ]
    retain_access_after_completion: Annotated[
        bool, Field(description="Whether it stays open to those who have completed it.")
    ]
    public_key: PublicKey
    is_prerequisite: Prerequisite
    remaining_licenses: Licenses
    custom_fields: Annotated[
        list[CustomFieldValue], Field(description="Every custom field of courses, with its value.")
    ]


class CourseUser(Shape):
    """A user in a course, and how far the user is in it."""

    id: Annotated[int, Field(description="The user's id.")]
    login: Annotated[str, Field(description="What the user signs in with.")]
    name: Annotated[str, Field(description="The first name of the user.")]
    surname: Annotated[str, Field(description="The last name of the user.")]
    email: Annotated[str, Field(description="The email address of the user.")]
    role: Annotated[
        Literal["learner", "instructor"], Field(description="As what the user is in it.")
    ]
    enrolled_on: Annotated[
        Timestamp, OBSERVED_TOOL, Field(description="When the user was enrolled.")
    ]
    completion_status: Annotated[
        Literal["not_attempted", "incomplete", "completed", "failed"],
        OBSERVED_TOOL,
        Field(description="How far the user is in it."),
    ]
    completion_percentage: Annotated[
        int, OBSERVED_TOOL, Field(description="How many of its units are completed, in percent.")
    ]
    completed_on: Annotated[
        Timestamp | None,
        OBSERVED_TOOL,
        Field(description="When the user completed it; null until then."),
    ]
    score: Annotated[
        float | None,
        Field(
            description="The average of the units that count, in percent from 0 to 100; null "
            "before the first score."
        ),
    ]
    total_time: Annotated[int, OBSERVED_TOOL, Field(description="The time in it, in seconds.")]
