"""What handlers give back: an answer, or an error in the vendor's shape. Nothing about HTTP servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Answer:
    """One answer before it is sent: status, JSON body, extra headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error the API answers with: HTTP status, the vendor's code and message."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def answer(self) -> Answer:
        return Answer({"code": self.code, "message": self.message}, self.status, self.headers)


def bad_parameter(message: str) -> ApiError:
    """Code 300: a parameter is missing or not acceptable."""
    return ApiError(400, 300, message)
