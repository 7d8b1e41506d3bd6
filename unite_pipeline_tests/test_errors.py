"""The tree of errors: who is whose child, and what a text says."""

from __future__ import annotations

import pytest

from unite_pipeline import errors
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    IncompleteWindowError,
    LakeError,
    NotPermittedError,
    PayloadTooLargeError,
    PermanentApiError,
    RateLimitedError,
    RetryableApiError,
    TokenRejectedError,
    UnitePipelineError,
    WarehouseError,
)

TREE = {
    UnitePipelineError: Exception,
    ConfigurationError: UnitePipelineError,
    ApiError: UnitePipelineError,
    RetryableApiError: ApiError,
    RateLimitedError: RetryableApiError,
    TokenRejectedError: RetryableApiError,
    PermanentApiError: ApiError,
    NotPermittedError: PermanentApiError,
    PayloadTooLargeError: PermanentApiError,
    AuthenticationError: PermanentApiError,
    IncompleteWindowError: UnitePipelineError,
    LakeError: UnitePipelineError,
    WarehouseError: UnitePipelineError,
}


@pytest.mark.parametrize(("child", "parent"), TREE.items(), ids=[each.__name__ for each in TREE])
def test_the_tree(child, parent):
    """Each error stands where what to do about it says: retried, told, or mended in the settings."""
    assert child.__bases__ == (parent,)


def test_the_tree_is_whole():
    """Every error of ours is in the tree, and every branch of it in the module's drawing."""
    ours = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert set(TREE) <= ours
    assert all(issubclass(each, UnitePipelineError) for each in ours)
    drawn = {"ConfigurationError", "ApiError", "RetryableApiError", "PermanentApiError", "AuthenticationError",
             "IncompleteWindowError", "LakeError", "WarehouseError"}  # fmt: skip
    assert [name for name in drawn if name not in errors.__doc__] == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "No (endpoint x)"),
        ({"http_status": 200}, "No (endpoint x, HTTP 200)"),
        ({"http_status": 200, "error_code": 0}, "No (endpoint x, HTTP 200, errorCode 0)"),
        ({"error_code": "odd"}, "No (endpoint x, errorCode odd)"),
        ({"attempt": 1}, "No (endpoint x)"),
        ({"http_status": 500, "attempt": 5}, "No (endpoint x, HTTP 500, attempt 5)"),
    ],
)
@pytest.mark.parametrize("kind", [each for each in TREE if issubclass(each, ApiError)])
def test_an_api_error_tells_its_facts(kind, facts, expected):
    """The text is the message and the facts that are known; the fields hold them as well."""
    error = kind("No", endpoint="x", **facts)
    assert str(error) == expected
    assert error.endpoint == "x"
    assert (error.http_status, error.error_code, error.attempt) == (
        facts.get("http_status"),
        facts.get("error_code"),
        facts.get("attempt", 1),
    )


def test_how_long_to_wait():
    """A retryable error holds how long the server asked to wait, or None."""
    assert RateLimitedError("No", endpoint="x", retry_after_s=7.0).retry_after_s == 7.0
    assert RetryableApiError("No", endpoint="x").retry_after_s is None
