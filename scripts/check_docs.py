"""Check the documents: links lead somewhere, every setting and every verb is explained.

Prints one line per fault and exits with 1 if there was any.
"""

import argparse
import re
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_SETTING = re.compile(r"\bMGG_[A-Z0-9_]+\b")


def main() -> int:
    """Check all documents; return the exit status."""
    pages = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    faults = [*broken_links(texts), *setting_faults(texts), *undocumented_verbs(texts)]
    print("\n".join([*faults, f"{len(pages)} documents checked, {len(faults)} faults."]))
    return 1 if faults else 0


def broken_links(texts: dict[Path, str]) -> Iterator[str]:
    """Yield a sentence for each relative link that leads nowhere."""
    for page, text in texts.items():
        for target in _LINK.findall(_INLINE_CODE.sub("", _FENCE.sub("", text))):
            parts = urllib.parse.urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            there = page.parent / urllib.parse.unquote(parts.path) if parts.path else page
            if not there.exists():
                yield f"{page}: the link {target} leads to no file."
            elif (
                parts.fragment
                and there.suffix == ".md"
                and parts.fragment not in _anchors(there.read_text(encoding="utf-8"))
            ):
                yield f"{page}: the link {target} leads to no heading."


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as the common forges make them."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        anchor, count = words, 0
        while anchor in found:
            count += 1
            anchor = f"{words}-{count}"
        found.add(anchor)
    return found


def setting_faults(texts: dict[Path, str]) -> Iterator[str]:
    """Yield a sentence for each setting that no page names, and each name that is no setting."""
    from mgg_kernel.settings import Settings

    settings = {f"MGG_{name.upper()}" for name in Settings.model_fields}
    named = {name: page for page, text in texts.items() for name in _SETTING.findall(text)}
    for name in sorted(settings - named.keys()):
        yield f"mgg_kernel/settings.py: {name} is explained in no document."
    for name in sorted(named.keys() - settings):
        # A change log also names what is no more.
        if named[name].name != "CHANGELOG.md":
            yield f"{named[name]}: {name} is no setting."


def undocumented_verbs(texts: dict[Path, str]) -> Iterator[str]:
    """Yield a sentence for each verb of the command `mgg` that no page names."""
    from mgg_kernel.cli import build_parser

    everything = "\n".join(texts.values())
    for verb in verbs(build_parser()):
        # `mgg db upgrade|status` names two verbs at once.
        *group, last = (re.escape(word) for word in verb.split())
        before = "".join(rf"{word}\s+" for word in ["mgg", *group])
        if not re.search(rf"{before}(?:[\w-]+\\?\|)*{last}(?![\w-])", everything):
            yield f"mgg_kernel/cli: `mgg {verb}` is explained in no document."


def verbs(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the verbs of a parser, with those below them as `verb subverb`."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                deeper = [f"{name} {verb}" for verb in verbs(below)]
                yield from deeper or [name]


if __name__ == "__main__":
    sys.exit(main())
