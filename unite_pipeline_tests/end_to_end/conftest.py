"""What the tests of whole installations share: a failed comparison with the truth shows which row differs."""

import pytest

pytest.register_assert_rewrite("unite_pipeline_tests.end_to_end.truth")
