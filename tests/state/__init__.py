"""A portal under any sequence of calls: what must be true of it after each of them."""

import pytest

pytest.register_assert_rewrite("tests.state.invariants", "tests.state.machine")
