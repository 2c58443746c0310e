"""How a text becomes a column's value: DuckDB expressions, one rule per type and way of writing.

Expressions only; where texts stand in a record is for `shapes`, which rows they run over for `typed`, numbers with a
unit for `units`. Two truths hold for all: an empty or blank text is unknown (NULL), and a value that cannot be read is
NULL and counted, never an error for the whole partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reporting_assets.contracts.model import Column, Field, Item, Parse, Type
from reporting_assets.contracts.sql import sql_type
from reporting_assets.lake import units
from reporting_assets.lake.sqltext import BLANKS, is_list, is_object, is_value, literal, not_blank, pointer, quoted

_WHOLE = r"'[+-]?[0-9]+(\.0*)?'"
_EXACT = r"'[+-]?([0-9]+(\.[0-9]{0,4}0*)?|\.[0-9]{1,4}0*)'"  # what DECIMAL(18, 4) holds without rounding
_BINARY = r"'[+-]?[0-9]*\.[0-9]{12,}'"  # such as 0.30000000000000004: a sum of decimals, written as a binary fraction
_CLOCK = r"'([0-9]+:[0-5]?[0-9]|[0-9]+):[0-5][0-9]'"
_US_MINUTE = "'%m/%d/%Y %H:%M'"
_SURE = (Type.TEXT, Type.JSON)


def parse_of(column: Column, endpoint: str) -> Parse:
    """How the column is written in records of `endpoint`."""
    field: Field | None = column.field_in(endpoint)
    return field.parse if field else Parse.PLAIN


def reworded(column: Column, endpoint: str, text: str) -> str:
    """The vendor's words for a closed set of values as ours, where the contract says so."""
    field = column.field_in(endpoint)
    words = field.values if field else {}
    cases = "".join(f" WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in sorted(words.items()))
    return f"CASE {text}{cases} ELSE {text} END" if cases else text


def value(column: Column | Item, parse: Parse, text: str) -> str:
    """The SQL value of a `text` expression that is NULL or not blank; NULL where it cannot be read."""
    if column.type is Type.LIST and isinstance(column, Column):
        return _list_value(column, text)
    t = f"trim({text}, {BLANKS})"
    if parse in _SPECIAL:
        return f"TRY_CAST({_SPECIAL[parse](t)} AS {sql_type(column)})"
    if parse in (Parse.WIDTH, Parse.HEIGHT):
        return f"TRY_CAST({units.picture_side(parse, t)} AS {sql_type(column)})"
    if parse in units.IN_UNITS:
        number = units.scaled(parse, t)
        if column.type is Type.INTEGER and parse is not Parse.BYTES:  # parts of a byte come from rounded texts alone
            number = f"CASE WHEN {number} = floor({number}) THEN {number} END"
        return f"TRY_CAST({number} AS {sql_type(column)})"
    return _plain(column.type, text, t)


def malformed(column: Column, parse: Parse, text: str, value_: str) -> str:
    """Whether a text is there that could not be read: an SQL predicate that is never NULL."""
    if column.type is Type.LIST:
        return f"coalesce({_any_item_malformed(column, text, value_)}, false)"
    unread = f"{text} IS NOT NULL AND {value_} IS NULL"
    placeholder = units.is_placeholder(parse, f"trim({text}, {BLANKS})")
    return f"({unread} AND NOT {placeholder})" if placeholder else f"({unread})"


def fallible(columns: Iterable[Column]) -> list[Column]:
    """Columns whose values may not be readable, in some endpoint's way of writing."""
    return [
        column
        for column in columns
        if column.type not in _SURE
        or any(
            field is not None and field.parse is Parse.BRACED_ID
            for field in (column.source, *column.by_endpoint.values())
        )
    ]


def _plain(type_: Type, text: str, t: str) -> str:
    if type_ is Type.INTEGER:  # a cast alone would round 3.7 to 4 and read 0x10
        return f"CASE WHEN regexp_full_match({t}, {_WHOLE}) THEN TRY_CAST({t} AS BIGINT) END"
    if type_ is Type.NUMBER:
        return _number(t)
    if type_ is Type.DECIMAL:
        number = f"TRY_CAST({t} AS DOUBLE)"
        is_meant = f"regexp_full_match({t}, {_BINARY}) AND abs({number} - round({number}, 4)) < 1e-9"
        return f"CASE WHEN regexp_full_match({t}, {_EXACT}) OR ({is_meant}) THEN TRY_CAST({t} AS DECIMAL(18, 4)) END"
    if type_ is Type.BOOLEAN:
        return (
            f"CASE lower({t}) WHEN 'true' THEN true WHEN '1' THEN true WHEN 'false' THEN false WHEN '0' THEN false END"
        )
    if type_ is Type.TIMESTAMP:
        return _moment(t)
    if type_ is Type.DATE:
        return f"CAST({_moment(t)} AS DATE)"
    return text  # TEXT as it is written, JSON already compact


def _number(t: str) -> str:
    number = f"TRY_CAST({t} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _moment(t: str) -> str:
    """ISO 8601, UTC unless it says otherwise. Must begin with a year: a cast alone would also read 'epoch'."""
    return f"CASE WHEN {t} SIMILAR TO '[0-9]{{4}}-.*' THEN TRY_CAST({t} AS TIMESTAMPTZ) END"


def _clock_seconds(t: str) -> str:
    part = f"string_split({t}, ':')"
    minutes = f"TRY_CAST({part}[-2] AS BIGINT) * 60 + TRY_CAST({part}[-1] AS BIGINT)"
    hours = f"CASE WHEN len({part}) = 3 THEN TRY_CAST({part}[1] AS BIGINT) * 3600 ELSE 0 END"
    return f"CASE WHEN regexp_full_match({t}, {_CLOCK}) THEN {hours} + {minutes} END"


def _epoch_milliseconds(t: str) -> str:
    """Up to the year 5138: what is longer counts in other units than milliseconds."""
    return (
        f"CASE WHEN regexp_full_match({t}, '[0-9]{{1,14}}') THEN make_timestamptz(TRY_CAST({t} AS BIGINT) * 1000) END"
    )


_SPECIAL: dict[Parse, Callable[[str], str]] = {
    Parse.CLOCK_SECONDS: _clock_seconds,
    Parse.MINUTES_AS_SECONDS: lambda t: f"({_number(t)}) * 60",
    Parse.US_MINUTE: lambda t: f"try_strptime({t}, {_US_MINUTE})",
    Parse.EPOCH_MILLISECONDS: _epoch_milliseconds,
    Parse.AFTER_COLON: lambda t: units.after_colon(t, BLANKS),
    Parse.BRACED_ID: units.bare_id,
    Parse.LOWER: lambda t: f"lower({t})",
}


# Lists. Their text form is a struct: `of`, a list of structs with one text per item (NULL where absent or blank) and
# `is_odd` where an element is no object although items stand in it; and `is_odd` where the value is no list at all.


def list_text(column: Column, json: str) -> str:
    """A JSON value, which should be a list, as texts. JSON's null is a NULL element and no error."""
    items = ", ".join(f"{quoted(item.name)}: {not_blank(_item_text(item))}" for item in column.items)
    odd = "false" if any(not item.path for item in column.items) else f"NOT {is_object('x')}"
    element = f"CASE WHEN x <> 'null' THEN {{{items}, is_odd: {odd}}} END"
    elements = f"list_transform(json_transform({json}, '[\"JSON\"]'), lambda x: {element})"
    return f"CASE WHEN {is_value(json)} THEN {{of: {elements}, is_odd: NOT {is_list(json)}}} END"


def _item_text(item: Item) -> str:
    place = pointer(item.path.split(".") if item.path else ())
    if item.type is Type.JSON:
        return f"nullif(CAST(json_extract(x, {place}) AS VARCHAR), 'null')"
    return f"json_extract_string(x, {place})"


def _list_value(column: Column, text: str) -> str:
    items = ", ".join(
        f"{quoted(item.name)}: {value(item, Parse.PLAIN, f'x.{quoted(item.name)}')}" for item in column.items
    )
    element = f"CASE WHEN NOT x.is_odd THEN {{{items}}} END"
    return f"CAST(list_transform({text}.of, lambda x: {element}) AS {sql_type(column)})"


def _any_item_malformed(column: Column, text: str, value_: str) -> str:
    names = [quoted(item.name) for item in column.items]
    unread = " OR ".join(f"(x.{name} IS NOT NULL AND {value_}[i].{name} IS NULL)" for name in names)
    return f"{text}.is_odd OR list_bool_or(list_transform({text}.of, lambda x, i: x.is_odd OR {unread}))"
