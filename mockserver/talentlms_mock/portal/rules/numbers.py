"""Numbers of the domain that seeding and the operations share."""

SCORED_UNITS = frozenset({"test", "assignment", "scorm", "ilt"})
"""The types of units that have a score; a course's score is the average of theirs."""

DEFAULT_PASS_SCORE = 50
"""What passes a test that says nothing else, in percent."""

POINTS_PER_COURSE = 25
"""Points for completing a course."""

POINTS_PER_LEVEL = 100
"""Points from one level to the next."""


def level(points: int) -> int:
    """Return the level of a user with this many points; levels count from 1."""
    return 1 + points // POINTS_PER_LEVEL


MAX_STRING = 191
"""Characters that a string of the API may have at most (domain.md, User)."""
