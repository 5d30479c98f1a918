"""croissant.json: the snapshot in the Croissant 1.0 vocabulary (mlcommons.org/croissant/1.0).

The schemas of workbench.snapshots give the fields, so the description cannot drift from the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from annotate_site.datasets.label import Label
from workbench.snapshots import CLIP_SCHEMA, IMAGE_SCHEMA, JUDGEMENT_SCHEMA, PAIR_SCHEMA

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

_PARQUET = "application/x-parquet"
_PAIR_FILES = "pair-files"
_MEDIA = {
    "audio-files": ("media/audio/*", ["audio/wav", "audio/flac", "audio/ogg", "audio/mpeg"]),
    "image-files": ("media/images/*", ["image/png", "image/jpeg", "image/webp"]),
}
_TABLES = {
    "judgements": ("One annotator's answer to one comparison on one axis.", JUDGEMENT_SCHEMA),
    "clips": ("The pieces of music.", CLIP_SCHEMA),
    "images": ("The pictures.", IMAGE_SCHEMA),
}
_KEYS = {"judgements": "judgement_id", "clips": "clip_id", "images": "image_id"}
_REFERENCES = {
    "clip_id": "clips/clip_id",
    "image_0": "images/image_id",
    "image_1": "images/image_id",
}

# The context that the specification prescribes, word for word.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_metadata(
    hashes: Mapping[str, str], label: Label, *, licence: str | None = None
) -> dict[str, Any]:
    """`hashes` maps each file of the snapshot to its sha256; media are described as sets."""
    tables = [name for name in sorted(hashes) if name.endswith(".parquet")]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"{label.name}-{label.version}",
        "description": (
            "Which of two pictures fits a piece of music better, judged on three axes: emotional "
            "consistency, semantic content alignment, creative aesthetic appeal."
        ),
        "conformsTo": CONFORMS_TO,
        "citeAs": (
            f"{label.name}, version {label.version}. "
            f"Preferences on music and pictures, MusePainter, {label.created_at:%Y}."
        ),
        "version": f"{label.version}.0.0",
        "datePublished": label.created_at.date().isoformat(),
        "license": licence or "Each recording keeps its own licence: see clips.parquet.",
        "keywords": ["music", "image generation", "human preferences"],
        "distribution": [
            *(_file_object(name, hashes[name]) for name in tables),
            _file_set(_PAIR_FILES, "pairs/*/*.parquet", [_PARQUET]),
            *(_file_set(name, glob, kinds) for name, (glob, kinds) in _MEDIA.items()),
        ],
        "recordSet": [*map(_table_records, _TABLES), _pair_records()],
    }


def _file_object(name: str, sha256: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": _PARQUET,
        "sha256": sha256,
    }


def _file_set(name: str, glob: str, kinds: list[str]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": name,
        "name": name,
        "encodingFormat": kinds,
        "includes": glob,
    }


def _table_records(name: str) -> dict[str, Any]:
    description, schema = _TABLES[name]
    source = {"fileObject": {"@id": f"{name}.parquet"}}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": description,
        "key": {"@id": f"{name}/{_KEYS[name]}"},
        "field": [_field(name, column, source, key=_KEYS[name]) for column in schema],
    }


def _pair_records() -> dict[str, Any]:
    source = {"fileSet": {"@id": _PAIR_FILES}}
    return {
        "@type": "cr:RecordSet",
        "@id": "pairs",
        "name": "pairs",
        "description": "All votes on one comparison and axis as one soft label.",
        "field": [
            _from_path("axis", "Which of the three axes."),
            _from_path("split", "train, validation or test; by clip."),
            *(_field("pairs", column, source) for column in PAIR_SCHEMA),
        ],
    }


def _field(
    table: str, column: pa.Field, source: Mapping[str, Any], *, key: str = ""
) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{table}/{column.name}",
        "name": column.name,
        "dataType": _data_type(column.type),
        "source": {**source, "extract": {"column": column.name}},
    }
    if column.name in _REFERENCES and column.name != key:
        field["references"] = {"field": {"@id": _REFERENCES[column.name]}}
    return field


def _from_path(name: str, description: str) -> dict[str, Any]:
    """A field that is not in the table but in the name of its file."""
    regex = {"axis": r".*pairs/([a-z]+)/[a-z]+\.parquet$", "split": r".*/([a-z]+)\.parquet$"}[name]
    return {
        "@type": "cr:Field",
        "@id": f"pairs/{name}",
        "name": name,
        "description": description,
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": _PAIR_FILES},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": regex},
        },
    }


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    return "sc:DateTime" if pa.types.is_timestamp(kind) else "sc:Text"
