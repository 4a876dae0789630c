"""The recorded examples: there is one of each operation, and each is what is answered today."""

import pytest

from talentlms_mock.api.operation import REGISTRY
from tests.generated.examples import DIRECTORY, EXAMPLES, path_of, record

REFRESH = "run `make generated` when this is meant"


def test_every_operation_has_an_example_and_no_other_file_is_there() -> None:
    operations = {operation.operation_id for operation in REGISTRY}
    assert set(EXAMPLES) == operations
    assert {path.stem for path in DIRECTORY.iterdir()} == operations


@pytest.mark.parametrize("operation_id", EXAMPLES)
def test_the_recorded_answer_is_the_one_given(operation_id: str) -> None:
    recorded = path_of(operation_id).read_text(encoding="utf-8")
    assert record(operation_id) == recorded, REFRESH


@pytest.mark.parametrize("operation_id", EXAMPLES)
def test_an_example_succeeds(operation_id: str) -> None:
    status = REGISTRY[operation_id].response.status
    assert f"\nHTTP/1.1 {status} " in path_of(operation_id).read_text(encoding="utf-8")
