"""The file that keeps Webex's tokens for all processes of this host: owner only, replaced whole, one writer at a time.

What tokens mean and when they are renewed belongs in `tokens`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from reporting_assets.sources.errors import CredentialsError, NetworkError

# A renewal is one call; whoever waits longer than two of them may take does not wait for a renewal.
LOCK_WAIT_SECONDS = 150.0


@dataclass(frozen=True)
class Stored:
    """What is kept. Moments are seconds since 1970, the end of the refresh token 0 where unknown; secrets are never part of the text form.

    `origin` is a digest of the app and the refresh token in the settings that these tokens come from.
    """

    origin: str
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    renew_at: float
    refresh_ends_at: float
    scopes: tuple[str, ...] = ()


class TokenFile:
    """The file at `path`. Safe to use from many processes, within `locked`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else reads what is about to be replaced, or spends the same refresh token.

        Raises CredentialsError where the folder cannot be used, NetworkError where another process holds on.
        """
        try:
            if not self.path.parent.is_dir():
                self.path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            lock = FileLock(f"{self.path}.lock", timeout=LOCK_WAIT_SECONDS, mode=0o600)
            lock.acquire()
        except Timeout:
            raise NetworkError(
                f"Another process has been renewing Webex's token for {LOCK_WAIT_SECONDS:.0f} seconds; try again later."
            ) from None
        except OSError as error:
            raise self._unusable(error) from None
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Stored | None:
        """What is kept; None where there is nothing, or nothing whole. Raises CredentialsError where it may not be read."""
        try:
            content = orjson.loads(self.path.read_bytes())
            return Stored(
                origin=str(content["origin"]),
                refresh_token=str(content["refresh_token"]),
                access_token=str(content["access_token"]),
                renew_at=float(content["renew_at"]),
                refresh_ends_at=float(content["refresh_ends_at"]),
                scopes=tuple(map(str, content["scopes"])),
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from None
        except (ValueError, KeyError, TypeError):
            return None  # the refresh token in the settings may still be good, and then the file is written anew

    def write(self, stored: Stored) -> None:
        """Replaces the file, durably: a crash leaves the old content or the new. Raises CredentialsError."""
        aside = self._aside()
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(orjson.dumps(asdict(stored)))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unusable(error) from None
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def check(self) -> None:
        """Raises CredentialsError where a new token could not be kept, before it is asked for; removes leftovers."""
        try:
            for leftover in self.path.parent.glob(f".{self.path.name}.*.aside"):
                leftover.unlink(missing_ok=True)
            aside = self._aside()
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(b" " * 4096)  # room for what will be written
            aside.unlink()
        except OSError as error:
            raise self._unusable(error) from None

    def _aside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex}.aside")

    def _unusable(self, error: OSError) -> CredentialsError:
        return CredentialsError(
            f"Webex's tokens cannot be kept in {self.path} ({error.strerror or type(error).__name__}); make its folder "
            "writable for this user, or set WEBEX_TOKEN_FILE."
        )
