"""Files and reactions of chat messages, one row each, from rows written by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from reporting_assets_tests.models.warehouse import DAY, Warehouse, at

FILES, REACTIONS = "zoom.chat_files", "zoom.chat_reactions"


def message(message_id: str = "m1", **changes: Any) -> dict[str, Any]:
    return {
        "dt": date.fromisoformat(DAY),
        "session_id": "s1",
        "session_type": "Group",
        "message_id": message_id,
        "event": "sent",
        "event_at": at(0),
        "sent_at": at(0),
        **changes,
    }


def file(file_id: str | None, size: int | None = 5, name: str | None = None) -> dict[str, Any]:
    return {"file_id": file_id, "file_name": name, "file_bytes": size, "download_url": None}


def reaction(count: int | None, users: Any = None, members: Any = None, emoji: str = "U+1F600") -> dict[str, Any]:
    return {
        "emoji": emoji,
        "total_count": count,
        "user_ids": None if users is None else json.dumps(users),
        "member_ids": None if members is None else json.dumps(members),
    }


def people(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["emoji_place"], row["person_place"], row["reactor_user_id"], row["reactor_member_id"], row["reactions"])
        for row in rows
    ]


def test_every_file_has_a_row_in_its_place(warehouse: Warehouse) -> None:
    warehouse.insert(
        "zoom.chat_messages",
        [
            message(files=[file("a", name="x"), file(None, None), file("a")]),
            message("m2", files=[]),
            message("m3"),
            message("m1", event="edited", event_at=at(60), files=[file("a")]),
            message("m4", dt=date(2024, 3, 4), files=[file("of another day")]),
        ],
    )
    rows = warehouse.run(FILES)
    assert [(row["event"], row["place"], row["file_id"], row["file_name"], row["file_bytes"]) for row in rows] == [
        ("edited", 1, "a", None, 5),
        ("sent", 1, "a", "x", 5),
        ("sent", 2, None, None, None),
        ("sent", 3, "a", None, 5),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (reaction(2, ["u1", "u2"], ["c1", "c2"]), [(1, 1, "u1", None, 1), (1, 2, "u2", None, 1)]),
        # One from outside the account: counted, not named; the chat ids do not say who of them it is.
        (
            reaction(3, ["u1", "u2"], ["c1", "c2", "c3"]),
            [(1, 0, None, None, 1), (1, 1, "u1", None, 1), (1, 2, "u2", None, 1)],
        ),
        (reaction(2, [], ["c1", "c2"]), [(1, 1, None, "c1", 1), (1, 2, None, "c2", 1)]),
        (reaction(7), [(1, 0, None, None, 7)]),
        (reaction(7, "u1", {"c": 1}), [(1, 0, None, None, 7)]),
        (reaction(1, ["u1", "u2"]), [(1, 1, "u1", None, 1), (1, 2, "u2", None, 1)]),
        (reaction(None, ['u"1, [x]']), [(1, 1, 'u"1, [x]', None, 1)]),
        (reaction(0), []),
        (reaction(None), []),
    ],
)
def test_people_who_are_named_have_a_row_and_the_others_one_together(
    warehouse: Warehouse, given: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    warehouse.insert("zoom.chat_messages", [message(reactions=[given])])
    assert people(warehouse.run(REACTIONS)) == expected


def test_emoji_of_both_kinds_stand_apart(warehouse: Warehouse) -> None:
    custom = reaction(1, ["u1"]) | {"emoji_name": "shipit", "emoji_file_id": "e1"}
    del custom["emoji"]
    warehouse.insert(
        "zoom.chat_messages",
        [
            message(
                reactions=[reaction(1, ["u1"]), reaction(1, ["u1"], emoji="U+2764")],
                custom_reactions=[custom],
            ),
            message("m2", reactions=[]),
        ],
    )
    rows = warehouse.run(REACTIONS)
    assert [(row["is_custom_emoji"], row["emoji_place"], row["emoji"], row["emoji_name"]) for row in rows] == [
        (False, 1, "U+1F600", None),
        (False, 2, "U+2764", None),
        (True, 1, None, "shipit"),
    ]
    assert sum(row["reactions"] for row in rows) == 3


def test_a_day_without_messages_gives_no_rows(warehouse: Warehouse) -> None:
    assert warehouse.run(FILES) == warehouse.run(REACTIONS) == []
