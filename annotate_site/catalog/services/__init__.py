"""All writes of the catalogue."""

from annotate_site.catalog.services.candidates import add_candidate, register_painter
from annotate_site.catalog.services.clips import AlreadyThere, import_clip, import_upload
from annotate_site.catalog.services.corrupted import CorruptedCopy, add_corrupted_copy
from annotate_site.catalog.services.demo import DemoLoaded, load_demo
from annotate_site.catalog.services.measuring import measure_clip, measure_unmeasured

__all__ = [
    "AlreadyThere",
    "CorruptedCopy",
    "DemoLoaded",
    "add_candidate",
    "add_corrupted_copy",
    "import_clip",
    "import_upload",
    "load_demo",
    "measure_clip",
    "measure_unmeasured",
    "register_painter",
]
