"""Short texts that the database holds sealed: AES-256-GCM, with keys that it never sees.

A sealed text is ``v1:KEY:NONCE-AND-CIPHERTEXT`` (base64, URL-safe, without padding).  What it
belongs to is part of the seal, so that it cannot be moved to another row or column (NIST SP
800-38D: the additional authenticated data).  Keys are numbered files among the secrets, and the
newest one seals.
"""

import base64
import secrets
from typing import TYPE_CHECKING

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.secrets_file import SecretsFolder

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Sealer"]

FORMAT = "v1"
KEY = "field-key-"
KEY_BYTES = 32
NONCE_BYTES = 12


class Sealer:
    """Seals texts and opens them.

    Args:
        folder: where the keys are.
    """

    def __init__(self, folder: SecretsFolder) -> None:
        self._folder = folder

    def newest(self) -> int:
        """Return the number of the newest key; 0 means that there is none yet."""
        number = 0
        while self._folder.get(f"{KEY}{number + 1}") is not None:
            number += 1
        return number

    def add_key(self) -> int:
        """Make another key, which seals from now on, and return its number."""
        number = self.newest() + 1
        self._folder.get_or_create(f"{KEY}{number}", KEY_BYTES)
        return number

    def seal(self, text: str, place: str) -> str:
        """Seal a text with the newest key; the first one is made here.

        Args:
            text: what nobody but the program shall read.
            place: what it belongs to, the same when it is opened.
        """
        number = self.newest() or self.add_key()
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher(number).encrypt(nonce, text.encode(), _bound(number, place))
        return f"{FORMAT}:{number}:{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"

    def open(self, sealed: str, place: str) -> str:
        """Open a sealed text.

        Raises:
            StoreError: its key is not here or another one, or it was changed or moved.
        """
        from cryptography.exceptions import InvalidTag

        try:
            form, number, body = sealed.split(":")
            if form != FORMAT:
                raise ValueError(form)
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            cipher = self._cipher(int(number))
            opened = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(number, place))
        except (ValueError, InvalidTag):
            raise StoreError(
                f"A sealed value ({place}) was sealed with another key, or was changed; put the "
                f"secrets {KEY}… of the lab's first server or of a backup into {self._folder.path}."
            ) from None
        return opened.decode()

    def _cipher(self, number: int) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._folder.get(f"{KEY}{number}")
        if key is None:
            raise StoreError(
                f"The key {KEY}{number} of sealed values is not in {self._folder.path}; copy it "
                "from the lab's first server or from a backup."
            )
        return AESGCM(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))


def _bound(number: int | str, place: str) -> bytes:
    return f"{FORMAT}:{number}:{place}".encode()
