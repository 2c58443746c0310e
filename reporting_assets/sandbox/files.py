"""Files sent in chat: what they hold, and the links that open them for a short time.

A link carries a signed token that says which file, how large and until when, so nothing is kept. Links run on real time,
as tokens do. Which message has which file is in `zoom.chat`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson
from starlette.responses import Response, StreamingResponse

PATH = "/file/download/"
_BLOCK_BYTES = 65_536


class Files:
    """Signs links and answers those who follow them."""

    def __init__(self, *, seed: int, lifetime_seconds: int) -> None:
        self._key = blake2b(f"files:{seed}".encode(), digest_size=32).digest()
        self._lifetime = lifetime_seconds

    def link(self, base_url: str, file_id: str, name: str, size: int, media_type: str) -> str:
        """An address that opens the file until its token expires."""
        claims = [file_id, size, media_type, int(time.time()) + self._lifetime]
        body = base64.urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
        return f"{base_url}{PATH}{file_id}?filename={quote(name, safe='')}&jwt={body}.{self._signature(body)}"

    def answer(self, path: str, query: Mapping[str, str]) -> Response:
        """The file's bytes; 401 for a token that is missing, wrong or for another file, 410 for one that has expired."""
        claims = self._claims(query.get("jwt", ""))
        if claims is None or claims[0] != path.removeprefix(PATH):
            return _refusal(401, "Invalid download token.")
        file_id, size, media_type, expiry = claims
        if time.time() >= expiry:
            return _refusal(410, "The download link has expired.")
        return StreamingResponse(content(file_id, size), media_type=media_type, headers={"Content-Length": str(size)})

    def _claims(self, token: str) -> list[Any] | None:
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        try:
            claims: list[Any] | None = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (binascii.Error, orjson.JSONDecodeError):
            return None
        return claims

    def _signature(self, body: str) -> str:
        return blake2b(body.encode(), key=self._key, digest_size=16).hexdigest()


def content(file_id: str, size: int) -> Iterator[bytes]:
    """The file's bytes, which depend on its id alone."""
    block = blake2b(file_id.encode(), digest_size=64).digest() * (_BLOCK_BYTES // 64)
    while size > 0:
        yield block[:size]
        size -= len(block)


def _refusal(status: int, message: str) -> Response:
    return Response(
        orjson.dumps({"status": False, "errorCode": status, "errorMessage": message}), status, None, "application/json"
    )
