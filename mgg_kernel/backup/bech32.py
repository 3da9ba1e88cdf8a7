"""Bech32 (BIP 173), as age writes its keys: text with a checksum that finds typing errors."""

from mgg_kernel.errors import BackupError

__all__ = ["decode", "encode"]

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_SIGNS = 6


def encode(prefix: str, data: bytes) -> str:
    """Return bytes as text that begins with `prefix`, in lower case."""
    groups = _regroup(data, 8, 5, pad=True)
    body = _expand(prefix) + groups
    rest = _polymod(body + [0] * _CHECK_SIGNS) ^ 1
    check = [(rest >> 5 * (5 - at)) & 31 for at in range(_CHECK_SIGNS)]
    return prefix + "1" + "".join(_SIGNS[one] for one in groups + check)


def decode(prefix: str, text: str) -> bytes:
    """Return the bytes of a text.

    Raises:
        BackupError: it is none, has another prefix, or was mistyped.
    """
    wrong = BackupError(
        f"This is no key that begins with {prefix}1, or it was mistyped; copy it whole."
    )
    if text not in (text.lower(), text.upper()):
        raise wrong
    found, _, signs = text.lower().rpartition("1")
    if found != prefix or len(signs) < _CHECK_SIGNS or any(one not in _SIGNS for one in signs):
        raise wrong
    groups = [_SIGNS.index(one) for one in signs]
    if _polymod(_expand(prefix) + groups) != 1:
        raise wrong
    return bytes(_regroup(groups[:-_CHECK_SIGNS], 5, 8, pad=False))


def _expand(prefix: str) -> list[int]:
    return [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(_GENERATOR):
            if (top >> at) & 1:
                check ^= generator
    return check


def _regroup(values: "bytes | list[int]", width: int, to: int, *, pad: bool) -> list[int]:
    groups, held, bits = [], 0, 0
    for value in values:
        held = held << width | value
        bits += width
        while bits >= to:
            bits -= to
            groups.append(held >> bits & (1 << to) - 1)
        held &= (1 << bits) - 1
    if pad and bits:
        groups.append(held << (to - bits) & (1 << to) - 1)
    return groups
