"""Errors in Webex's shape."""

from __future__ import annotations

from itertools import count

from reporting_assets.sandbox.answers import Answer, ApiError

_calls = count(1)


class WebexError(ApiError):
    """An error Webex answers with. Each answer carries an id of its own, as the vendor's do."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, 0, message, headers)

    def answer(self) -> Answer:
        tracking = f"SANDBOX_{next(_calls):08X}"
        body = {"message": self.message, "errors": [{"description": self.message}], "trackingId": tracking}
        return Answer(body, self.status, {"trackingId": tracking, **self.headers})
