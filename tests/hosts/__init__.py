import pytest

# Before the suite is imported, from wherever: a failing assert of it then tells its values.
pytest.register_assert_rewrite("tests.hosts.suite")
