"""Quality of a measured record: what it lacks, told and kept, never repaired."""

from mgg_kernel.quality.detect import quality_flags
from mgg_kernel.quality.flags import GRAVE, SENTENCES, QualityFlag

__all__ = ["GRAVE", "SENTENCES", "QualityFlag", "quality_flags"]
