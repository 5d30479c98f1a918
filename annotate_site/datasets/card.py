"""The dataset card, README.md: a YAML head that the datasets hub reads, then prose for people."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml
from django.template.loader import render_to_string

from annotate_site.datasets.contents import Contents
from annotate_site.datasets.label import Label
from annotate_site.datasets.licences import is_identifier, one_licence
from workbench.axes import AXES, AXIS_NAMES
from workbench.snapshots import SPLITS

_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
)


def dataset_card(contents: Contents, label: Label) -> str:
    """The card as Markdown, from templates/datasets/dataset_card.md."""
    axes = [
        {
            "axis": axis,
            "name": AXIS_NAMES[axis],
            "counts": label.counts["axes"][axis],
            "agreement": contents.agreement[axis],
            "settled": contents.settled[axis],
        }
        for axis in AXES
    ]
    painters = {candidate.painter for candidate in contents.candidates}
    facts = {
        "head": yaml.safe_dump(_head(contents, label), sort_keys=False, allow_unicode=True),
        "label": label,
        "counts": label.counts,
        "axes": axes,
        "has_agreement": any(contents.agreement.values()),
        "has_settled": any(contents.settled.values()),
        "licences": sorted(Counter(c.licence or "not stated" for c in contents.clips).items()),
        "painters": sorted((p.name, " ".join(p.credits.split())) for p in painters),
    }
    return render_to_string("datasets/dataset_card.md", facts).strip() + "\n"


def _head(contents: Contents, label: Label) -> dict[str, Any]:
    return {
        "pretty_name": f"{label.name} {label.version}",
        **_licence_fields(one_licence(contents.clips)),
        "tags": ["music", "image-generation", "human-preferences", "croissant"],
        "size_categories": [_size_category(len(contents.votes))],
        "configs": [
            *_pair_configs(contents),
            *map(_table_config, ("judgements", "clips", "images")),
        ],
    }


def _licence_fields(licence: str | None) -> dict[str, str]:
    """The hub knows licences by their identifiers in lower case, and calls the rest "other"."""
    if licence and is_identifier(licence):
        return {"license": licence.lower()}
    name = licence or "per-recording"
    return {"license": "other", "license_name": name, "license_link": "clips.parquet"}


def _pair_configs(contents: Contents) -> list[dict[str, Any]]:
    """One configuration per axis that has pairs, so that `load_dataset(folder, "emo")` works."""
    return [
        {
            "config_name": axis,
            "data_files": [
                {"split": split, "path": f"pairs/{axis}/{split}.parquet"} for split in SPLITS
            ],
        }
        for axis in AXES
        if any(contents.pairs[axis].values())
    ]


def _table_config(name: str) -> dict[str, Any]:
    return {"config_name": name, "data_files": f"{name}.parquet"}


def _size_category(rows: int) -> str:
    return next((name for below, name in _SIZE_CATEGORIES if rows < below), "n>1M")
