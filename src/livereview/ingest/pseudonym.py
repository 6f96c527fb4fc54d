"""Buyers under a pseudonym: HMAC-SHA256 (RFC 2104) of their id with a secret of the brand's own.

The same secret gives one buyer the same pseudonym in every campaign; without it nobody can tell
who it is. A name with stars in it stands for several persons, so what follows is approximate.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from livereview.errors import UsageError

VARIABLE = "LIVEREVIEW_SALT"
FILE = ".livereview-salt"
MASKED = "~"
"""What the pseudonym of a name with stars begins with: it may stand for several persons."""
RUN = "this run"
"""Origin of a secret that ends with the run."""

_BLOCK = 64  # bytes of a block of SHA-256
_LEAST = 8  # characters of a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Salt:
    """A secret and where it comes from.

    `print` tells secrets apart without telling them.
    """

    secret: bytes
    origin: str

    @property
    def print(self) -> str:
        """A fingerprint of the secret."""
        return hmac.digest(self.secret, b"livereview", "sha256").hex()[:8]

    def sql(self, x: str) -> str:
        """Return SQL of the pseudonym of a text; NULL stays NULL.

        RFC 2104: H((K xor opad) || H((K xor ipad) || text)), in hexadecimal digits.
        """
        key = self.secret.ljust(_BLOCK, b"\0")
        inner = f"unhex(sha256({_blob(key, 0x36)} || encode({x})))"
        mark = f"case when regexp_matches({x}, '[*＊]') then '{MASKED}' else 'b' end"
        return f"{mark} || left(sha256({_blob(key, 0x5C)} || {inner}), 32)"


class Secret:
    """The secret of a run, looked up when the first buyer is read; `folder` as in `salt`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @cached_property
    def salt(self) -> Salt:
        """The secret, the same for the whole run."""
        return salt(self._folder)

    @property
    def print(self) -> str:
        """The fingerprint of the secret, '' while there is none that outlives a run."""
        kept = self._folder is not None and (self._folder / FILE).is_file()
        return self.salt.print if kept or os.environ.get(VARIABLE) else ""


def salt(folder: Path | None) -> Salt:
    """Return the secret: of the environment, of the file in a folder, else one for this run.

    Args:
        folder: that of the configuration, in which the file is made if it is missing; None when
            there is no configuration.

    Raises:
        UsageError: the secret is too short, or its file cannot be read or made.
    """
    said = os.environ.get(VARIABLE)
    if said is not None:
        return Salt(secret=_checked(said, VARIABLE), origin=VARIABLE)
    if folder is None:
        return Salt(secret=secrets.token_bytes(32), origin=RUN)
    path = folder / FILE
    try:
        if not path.exists():
            _make(path)
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: the secret of the buyers' pseudonyms cannot be kept there: {error}",
            f"set the environment variable {VARIABLE}",
        ) from error
    return Salt(secret=_checked(text, str(path)), origin=str(path))


def _make(path: Path) -> None:
    """Make the file, whole at once; one that another run makes in the meantime stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(draft, path)
        except OSError:  # it is there, or files cannot have two names here
            if not path.exists():
                draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _checked(text: str, origin: str) -> bytes:
    if len(text) < _LEAST:
        raise UsageError(
            f"{origin}: the secret of the buyers' pseudonyms is shorter than {_LEAST} characters",
            "use a long random text, the same for all campaigns of the brand",
        )
    secret = os.fsencode(text)
    return hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret


def _blob(key: bytes, pad: int) -> str:
    return "'" + "".join(f"\\x{byte ^ pad:02X}" for byte in key) + "'::blob"
