"""The sentences of refusals and warnings in the language of who reads them.

They are raised in English. Here each is found again in a catalogue of templates, and its values
are carried over; what the catalogue does not know stays English.
"""

from mgg_kernel.told.matching import in_language
from mgg_kernel.told.templates import catalogue

__all__ = ["catalogue", "in_language"]
