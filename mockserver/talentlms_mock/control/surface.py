"""All that the control API has: importing the modules that declare it fills the registry."""

from talentlms_mock.control import (
    clock,
    faults,
    learners,
    mock,
    portals,
    rate_limit,
    requests,
    snapshots,
    tasks,
    things,
)
from talentlms_mock.control.operation import REGISTRY

__all__ = ["MODULES", "REGISTRY"]

MODULES = (
    mock,
    portals,
    requests,
    faults,
    clock,
    rate_limit,
    snapshots,
    things,
    learners,
    tasks,
)
