"""Requests out of passes, windows and items, made one by one so that half a million do not stand in memory at once.

Which passes, windows and items a unit has is decided in `planner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from reporting_assets.contracts.asking import Asking, Pass, PerItem, PerListed
from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources.model import Request

Values = Mapping[str, str | int]  # of the plan's options, by name
Window = Mapping[str, str | int]  # the parameters that say which days are asked for
Selected = tuple[str, ...]  # of one item, in the order of `select`


class Requests(Sequence[Request]):
    """Parts of subjects, each with what makes a request of a subject; a request is made when it is looked at."""

    def __init__(self, *parts: tuple[Sequence[Any], Callable[[Any], Request]]) -> None:
        self._parts = parts

    @classmethod
    def of(cls, requests: Sequence[Request]) -> Requests:
        """`requests`, if they are not that already."""
        return requests if isinstance(requests, Requests) else cls((requests, lambda request: request))

    def __len__(self) -> int:
        return sum(len(subjects) for subjects, _ in self._parts)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        for subjects, make in self._parts:
            if 0 <= place < len(subjects):
                return make(subjects[place])
            place -= len(subjects)
        raise IndexError(index)

    def __iter__(self) -> Iterator[Request]:
        for subjects, make in self._parts:
            yield from map(make, subjects)

    def __add__(self, other: Requests) -> Requests:
        return Requests(*self._parts, *other._parts)


def option(name: str, options: Values) -> str | int:
    """The plan's option called `name`. Raises ValueError where there is none."""
    try:
        return options[name]
    except KeyError:
        raise ValueError(
            f"a contract asks by the option {name!r}, which the plan does not have; it has {', '.join(sorted(options))}"
        ) from None


def option_names(ask: Asking) -> list[str]:
    """The options that the passes of `ask` depend on, in one order."""
    listing = ask.listing_passes if isinstance(ask, PerListed) else ()
    values = (value for one in (*ask.passes, *listing) for value in one.values())
    return sorted({value[1:] for value in values if isinstance(value, str) and value.startswith("$")})


def passed(endpoint: Endpoint, one: Pass, options: Values | None, window: Window) -> Request:
    """The request of one pass. Its parameters are `$request.` values, the window included.

    Without `options`, parameters that depend on them are left out.
    """
    params = {**window, **_filled(one, options)}
    return Request(endpoint, params=params, columns=_texts(params))


def of_items(
    ask: PerItem | PerListed, endpoint: Endpoint, items: Iterable[Selected], options: Values, window: Window
) -> Requests:
    """A request per distinct item and pass. An item without a value for a placeholder cannot be asked for."""
    names = tuple(ask.select)
    needed = [names.index(name) for name in ask.path.values()]
    subjects = [item for item in dict.fromkeys(items) if all(item[place] for place in needed)]
    passes = [_filled(one, options) for one in ask.passes]

    def request(number: int) -> Request:
        values = dict(zip(names, subjects[number // len(passes)], strict=True))
        one = passes[number % len(passes)]
        own = {parameter: values[name] for parameter, name in ask.params.items() if values[name]}
        return Request(
            endpoint,
            path={placeholder: values[name] for placeholder, name in ask.path.items()},
            params={**window, **one, **own},
            columns=_texts(one) | {name: value for name, value in values.items() if value},
        )

    return Requests((range(len(subjects) * len(passes)), request))


def selected(ask: PerItem | PerListed, values: Mapping[str, Any]) -> Selected:
    """The values of one item, as text, out of a mapping that has them by name; '' where there is none."""
    return tuple("" if values.get(name) is None else str(values[name]) for name in ask.select)


def listed(ask: PerListed, record: Mapping[str, Any]) -> Selected:
    """The values of one item out of a record of the listing."""
    return selected(ask, {name: _at(record, path) for name, path in ask.select.items()})


def _filled(one: Pass, options: Values | None) -> dict[str, str | int]:
    """A pass with the plan's options in it; empty values leave their parameter out."""
    filled = {}
    for name, value in one.items():
        if isinstance(value, str) and value.startswith("$"):
            value = "" if options is None else option(value[1:], options)
        if value != "":
            filled[name] = value
    return filled


def _texts(values: Mapping[str, str | int]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _at(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
