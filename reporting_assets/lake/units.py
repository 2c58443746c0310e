"""Texts that carry their unit ('27.15 kbps', '640*360', '6.6 GB') as numbers: DuckDB expressions, one per way of writing.

Every function takes the SQL of a trimmed text that is not blank, and gives a DOUBLE, BIGINT or VARCHAR that is NULL
where the text is of another unit, negative, or no number at all. `is_placeholder` tells the texts by which vendors say
that there is no value, which are no errors. Values without units are for `casts`.
"""

from __future__ import annotations

from reporting_assets.contracts.model import Parse

_NUMBER = r"[0-9]+(?:[.][0-9]*)?|[.][0-9]+|[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]*)?"
_SCALES = {  # what one of a unit is worth in the column's; units are compared in lower case
    Parse.KBPS: {"kbps": 1.0, "mbps": 1000.0, "bps": 0.001},
    Parse.MILLISECONDS: {"ms": 1.0, "s": 1000.0},
    Parse.PERCENT: {"%": 1.0},
    Parse.FRAMES: {"fps": 1.0},
    Parse.BYTES: {"b": 1.0, "bytes": 1.0, **{f"{unit}b": 1024.0**power for power, unit in enumerate("kmgtp", 1)}},
}
_PLACEHOLDERS = "'-', '--', 'n/a'"
_SIZE = r"'^([0-9]{1,6})[*xX×]([0-9]{1,6})$'"
_BRACED = r"'\{[^{}]+\}|[^{}]+'"
IN_UNITS = (*_SCALES, Parse.WIDTH, Parse.HEIGHT)


def is_placeholder(parse: Parse, t: str) -> str | None:
    """Whether a text says 'no value' in this way of writing; None where no text does."""
    if parse not in IN_UNITS:
        return None
    words = f"{_PLACEHOLDERS}, 'unlimited'" if parse is Parse.BYTES else _PLACEHOLDERS
    none = f"lower({t}) IN ({words})"
    if parse in (Parse.WIDTH, Parse.HEIGHT):
        return f"({none} OR {_is_no_picture(t)})"
    return none


def scaled(parse: Parse, t: str) -> str:
    """A number with a unit, in the unit of the column; without one it is in the column's already."""
    scales = _SCALES[parse]
    shape = f"'(?i)^({_NUMBER})\\s*({'|'.join(scales)})?$'"
    found = f"regexp_extract({t}, {shape}, ['number', 'unit'])"  # empty texts where it does not match
    number = f"TRY_CAST(replace({found}.number, ',', '') AS DOUBLE)"
    others = " ".join(f"WHEN '{unit}' THEN {scale!r}" for unit, scale in scales.items() if scale != 1.0)
    return f"{number} * CASE lower({found}.unit) {others} ELSE 1.0 END" if others else number


def picture_side(parse: Parse, t: str) -> str:
    """The width or the height of '1280*720'."""
    side = f"TRY_CAST(regexp_extract(replace({t}, ' ', ''), {_SIZE}, {1 if parse is Parse.WIDTH else 2}) AS BIGINT)"
    return f"CASE WHEN NOT {_is_no_picture(t)} THEN {side} END"


def _is_no_picture(t: str) -> str:
    return f"regexp_full_match({t}, '0+ *[*xX×] *0+')"


def after_colon(t: str, blanks: str) -> str:
    """What stands after the first colon; the whole text where there is none, NULL where nothing follows."""
    return (
        f"nullif(trim(CASE WHEN contains({t}, ':') THEN substr({t}, strpos({t}, ':') + 1) ELSE {t} END, {blanks}), '')"
    )


def bare_id(t: str) -> str:
    """An id without the braces some answers put around it, in lower case; an unmatched brace is malformed."""
    return f"CASE WHEN regexp_full_match({t}, {_BRACED}) THEN lower(trim({t}, '{{}}')) END"
