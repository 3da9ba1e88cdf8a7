"""The lab's own signature (Ed25519): a key among the secrets, its public half for everybody."""

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mgg_kernel.errors import StoreError
from mgg_kernel.hot.secrets_file import SecretsFolder, write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

__all__ = ["PUBLIC_KEY_FILE", "Signer", "is_signed", "read_public_key"]

PUBLIC_KEY_FILE = "public-key.pem"
_SECRET = "report-signing-key"  # noqa: S105 - the name of its file
_KEY_BYTES = 32


class Signer:
    """Signs with the lab's key, which is made when it is first needed.

    Args:
        secrets: the folder of secrets.
    """

    def __init__(self, secrets: SecretsFolder) -> None:
        self._secrets = secrets

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return self._key().sign(message)

    def public_key(self) -> "Ed25519PublicKey":
        """Return the public key."""
        return self._key().public_key()

    def publish(self, folder: Path) -> None:
        """Put the public key into a folder, as ``public-key.pem``, unless it is there.

        Raises:
            StoreError: another key is there.
        """
        from cryptography.hazmat.primitives import serialization

        file, public = folder / PUBLIC_KEY_FILE, self.public_key()
        if not file.exists():
            pem = public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            write_once(file, pem.decode("ascii").strip(), mode=0o644)
        if read_public_key(folder) != public:
            raise StoreError(
                f"The key in {file} is not the one of this workspace's secrets; restore the "
                "secrets from a backup, or move the folder of reports away."
            )

    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        text = self._secrets.get_or_create(_SECRET, _KEY_BYTES)
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Ed25519PrivateKey.from_private_bytes(data)


def is_signed(public: "Ed25519PublicKey", message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is that key's of that message."""
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def read_public_key(folder: Path) -> "Ed25519PublicKey":
    """Return the public key that lies in a folder.

    Raises:
        StoreError: there is none, or it is not one.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    file = folder / PUBLIC_KEY_FILE
    key: object
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise StoreError(
            f"The public key {file} cannot be read ({os.strerror(error.errno or 0)}); restore it "
            "from a backup."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise StoreError(f"The file {file} holds no Ed25519 key; restore it from a backup.")
    return key
