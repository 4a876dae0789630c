"""What the data of a portal was made from, kept with the data."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import orjson
from sqlalchemy import Connection, select, update

from talentlms_mock.portal.seed import definition
from talentlms_mock.portal.store.models import site


@dataclass(frozen=True)
class Origin:
    """The arguments by which a portal was seeded.

    Args:
        dataset: the fingerprint of its definition.
        users: how many it had.
        seed: decided what was drawn.
    """

    dataset: str
    users: int
    seed: int

    def differing(
        self, *, dataset: str | None, users: int | None, seed: int | None
    ) -> Iterator[str]:
        """Give the names of the arguments that would have made another portal; None is not given.

        Raises:
            SetupError: there is no such dataset.
        """
        if dataset is not None and definition.load(dataset).fingerprint != self.dataset:
            yield "dataset"
        if users not in (None, self.users):
            yield "users"
        if seed not in (None, self.seed):
            yield "seed"


def write(connection: Connection, origin: Origin) -> None:
    """Keep the origin of a portal in its database."""
    content = orjson.dumps(asdict(origin)).decode()
    connection.execute(update(site).values(seeded_from=content))


def read(connection: Connection) -> Origin | None:
    """Return the origin of a portal; None where it is not known."""
    content = connection.execute(select(site.c.seeded_from)).scalar()
    return None if content is None else Origin(**orjson.loads(content))
