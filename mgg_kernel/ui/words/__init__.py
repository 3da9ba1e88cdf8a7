"""Every word of the pages and pictures, in English and in Chinese, in one catalogue."""

from mgg_kernel.ui.words.catalogue import CATALOGUE, LANGUAGES, Language, Words

__all__ = ["CATALOGUE", "LANGUAGES", "Language", "Words"]
