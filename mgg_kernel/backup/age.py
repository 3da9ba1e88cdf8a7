"""The file format of age (age-encryption.org/v1), so that its tools open a backup without us.

A random key per file is wrapped for each recipient (X25519, HKDF-SHA256, ChaCha20-Poly1305); the
content follows in chunks of 64 KiB, each sealed with its number and whether it is the last one, so
that nothing can be changed, moved, doubled or cut off unnoticed.
"""

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mgg_kernel.backup import bech32
from mgg_kernel.errors import BackupError

__all__ = ["AgeWriter", "Identity", "decrypt", "parse_recipients", "recipient_text"]

CHUNK_BYTES = 64 * 1024
_VERSION = b"age-encryption.org/v1\n"
_PUBLIC, _SECRET = "age", "age-secret-key-"
_WRAP_INFO = b"age-encryption.org/v1/X25519"
_ZERO_NONCE = bytes(12)
_TAG_BYTES = 16
_MAX_HEADER_BYTES = 64 * 1024
_DAMAGED = "is damaged: it does not decrypt to what was encrypted; take another copy of the backup."


@dataclass(frozen=True)
class Identity:
    """A private key: whoever has it can read the backups made for it."""

    key: X25519PrivateKey

    @classmethod
    def generate(cls) -> "Identity":
        """Make a new key."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """Read a file of identities; lines that begin with ``#`` are comments.

        Raises:
            BackupError: there is no private key in it.
        """
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                raw = bech32.decode(_SECRET, line.strip())
                if len(raw) == 32:
                    return cls(X25519PrivateKey.from_private_bytes(raw))
        raise BackupError("The identity file holds no line AGE-SECRET-KEY-1…; give another file.")

    @property
    def recipient(self) -> str:
        """The public key that belongs to it, as text."""
        return recipient_text(self.key.public_key())

    def secret(self) -> str:
        """Return the private key as text."""
        return bech32.encode(_SECRET, self.key.private_bytes_raw()).upper()

    def __repr__(self) -> str:
        return f"Identity({self.recipient})"


def recipient_text(key: X25519PublicKey) -> str:
    """Return a public key as text, ``age1…``."""
    return bech32.encode(_PUBLIC, key.public_bytes_raw())


def parse_recipients(text: str) -> list[X25519PublicKey]:
    """Read public keys, separated by commas or blanks.

    Raises:
        BackupError: there is none, or one of them is not a key.
    """
    keys = []
    for one in text.replace(",", " ").split():
        raw = bech32.decode(_PUBLIC, one)
        if len(raw) != 32:
            raise BackupError("A recipient must be a key of age for X25519 (age1…); see 'keygen'.")
        keys.append(X25519PublicKey.from_public_bytes(raw))
    if not keys:
        raise BackupError("No recipient was given; make a pair of keys with 'mgg backup keygen'.")
    return keys


class AgeWriter:
    """Encrypts what is written to it into a file; :meth:`finish` writes the last chunk.

    Args:
        file: where to; it stays open.
        recipients: who may read it.
    """

    def __init__(self, file: BinaryIO, recipients: Sequence[X25519PublicKey]) -> None:
        self._file = file
        self._held = bytearray()
        self._number = 0
        file_key = os.urandom(16)
        header = _VERSION + b"".join(_stanza(file_key, one) for one in recipients) + b"---"
        file.write(header + b" " + _base64(_header_mac(file_key, header)) + b"\n")
        nonce = os.urandom(16)
        file.write(nonce)
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))

    def write(self, data: bytes) -> None:
        """Encrypt bytes; some may be held back until more come."""
        self._held += data
        # The last chunk must be known as such: so a full one waits for what follows.
        whole = (len(self._held) - 1) // CHUNK_BYTES
        for at in range(whole):
            self._seal(bytes(self._held[at * CHUNK_BYTES : (at + 1) * CHUNK_BYTES]), last=False)
        if whole > 0:
            del self._held[: whole * CHUNK_BYTES]

    def finish(self) -> None:
        """Write what was held back, marked as the end."""
        self._seal(bytes(self._held), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


def decrypt(file: BinaryIO, identity: Identity, name: str) -> Iterator[bytes]:
    """Yield the content of an encrypted file, each part proved before it is given.

    Args:
        file: an open file at its beginning.
        identity: the private key.
        name: of the file, for the error.

    Raises:
        BackupError: it is no such file, is for other keys, or was changed or cut off.
    """
    file_key = _open_header(file, identity, name)
    nonce = file.read(16)
    if len(nonce) != 16:
        raise BackupError(f"{name} {_DAMAGED}")
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    sealed, number = file.read(CHUNK_BYTES + _TAG_BYTES), 0
    while True:
        following = file.read(CHUNK_BYTES + _TAG_BYTES)
        try:
            chunk = cipher.decrypt(_nonce(number, last=not following), sealed, None)
        except InvalidTag:
            raise BackupError(f"{name} {_DAMAGED}") from None
        if not chunk and number:
            raise BackupError(f"{name} {_DAMAGED}")
        yield chunk
        if not following:
            return
        sealed, number = following, number + 1


def _open_header(file: BinaryIO, identity: Identity, name: str) -> bytes:
    if file.readline(len(_VERSION)) != _VERSION:
        raise BackupError(f"{name} is not encrypted with age, or is damaged; take another copy.")
    header, stanzas = _VERSION, []
    while not (line := file.readline(_MAX_HEADER_BYTES)).startswith(b"---"):
        if not line.endswith(b"\n") or len(header) > _MAX_HEADER_BYTES:
            raise BackupError(f"{name} {_DAMAGED}")
        header += line
        if line.startswith(b"-> "):
            stanzas.append((line[3:].split(), b""))
        elif stanzas:
            stanzas[-1] = (stanzas[-1][0], stanzas[-1][1] + line.strip())
    file_key = _unwrap(stanzas, identity)
    if file_key is None:
        raise BackupError(
            f"{name} was not encrypted to {identity.recipient}; give the identity file that "
            "belongs to one of the recipients in the manifest."
        )
    wanted = b"--- " + _base64(_header_mac(file_key, header + b"---")) + b"\n"
    if not hmac.compare_digest(wanted, line):
        raise BackupError(f"{name} {_DAMAGED}")
    return file_key


def _stanza(file_key: bytes, recipient: X25519PublicKey) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    salt = share + recipient.public_bytes_raw()
    key = _derive(ephemeral.exchange(recipient), salt, _WRAP_INFO)
    body = ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)
    return b"-> X25519 " + _base64(share) + b"\n" + _base64(body) + b"\n"


def _unwrap(stanzas: "list[tuple[list[bytes], bytes]]", identity: Identity) -> bytes | None:
    own = identity.key.public_key().public_bytes_raw()
    for words, body in stanzas:
        if len(words) != 2 or words[0] != b"X25519":
            continue
        try:
            share = _unbase64(words[1])
            shared = identity.key.exchange(X25519PublicKey.from_public_bytes(share))
            key = _derive(shared, share + own, _WRAP_INFO)
            return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, _unbase64(body), None)
        except (InvalidTag, ValueError):
            continue  # for somebody else
    return None


def _header_mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derive(file_key, b"", b"header"), header, "sha256")


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _base64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4), validate=True)
