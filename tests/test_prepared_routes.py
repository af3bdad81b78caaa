"""Routes of a second service are those of the first where all they say is the same."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import pytest
from fastapi import Depends, Query

from tests.prepared_routes import field_of, parameters_of

Most = Annotated[int, Query(le=9)]


def _found(call: Callable[..., Any]) -> Any:
    return parameters_of(path="/", call=call, dependencies=())[0]


def test_a_function_made_again_is_not_looked_into_again() -> None:
    def made() -> Callable[..., Any]:
        def route(count: Most = 3) -> int:
            return count

        return route

    first, second = made(), made()
    before, again = _found(first), _found(second)
    assert (before.call, again.call) == (first, second)
    assert again.query_params is before.query_params


@pytest.mark.parametrize(
    ("default", "kind"), [(4, Most), (3, str), (3, Annotated[int, Query(le=8)])]
)
def test_one_that_says_something_else_is(default: int, kind: Any) -> None:
    def made(default: int, kind: Any) -> Callable[..., Any]:
        def route(count: kind = default) -> Any:
            return count

        return route

    before, other = _found(made(3, Most)), _found(made(default, kind))
    assert other.query_params is not before.query_params
    [field] = other.query_params
    assert field.default == default


def test_what_depends_on_a_function_of_its_own_is() -> None:
    def made(who: str) -> Callable[..., Any]:
        def guard() -> str:
            return who

        depends = Depends(guard)

        def route(who: str = depends) -> str:
            return who

        return route

    first, second = _found(made("first")), _found(made("second"))
    assert [each.dependencies[0].call() for each in (first, second)] == ["first", "second"]


def test_what_wraps_others_is() -> None:
    def wrapped(route: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(route)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return route(*args, **kwargs)

        return wrapper

    one, other = _found(wrapped(lambda a: a)), _found(wrapped(lambda b: b))
    assert [each.query_params[0].name for each in (one, other)] == ["a", "b"]


def test_of_answers_each_type_has_its_own() -> None:
    fields = [field_of("Response", kind, mode="serialization") for kind in (int, str, int)]
    assert fields[0] is fields[2] is not fields[1]
