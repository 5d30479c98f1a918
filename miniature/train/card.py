"""Model cards of the shipped weights: data, recipe, seed, hash, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from miniature.train.settings import (
    ClassifierSettings,
    EmbedderSettings,
    PainterSettings,
    RecipeSettings,
)
from workbench.run_folder import software_versions

_PAINTER = """---
library_name: diffusers
pipeline_tag: text-to-image
---
# Miniature painter

A `StableDiffusionXLPipeline` of 4.5 M parameters that paints 64 px pictures of a small world, made
to run the whole of MusePainter on a laptop without a download.

    StableDiffusionXLPipeline.from_pretrained(folder, torch_dtype=torch.float32)

The weights are stored as float16; on a CPU load them as float32. Paint with {steps} Euler steps and
guidance 3.5. Prompts read `{{iconography}}, {{colours}} palette, {{light}} light, {{composition}}
composition, {{texture}} texture`, and may end in `, {{mood}} mood`; the words are in
`miniature/world/vocabulary.py`. It knows 8 scenes, 8 palettes, 5 lights, 4 compositions and
4 textures, and nothing else: other words are read, but what they mean was never shown to it.

![Painted for held-out points of the world](painted.png)

## Data
Pictures and prompts drawn by `miniature.world` (no picture or text of other people).
"""

_EMBEDDER = """# Miniature ImageBind

Audio, image and text towers of 1.49 M parameters in one space of 128 dimensions, trained on the
small world of `miniature.world`. Load it with `cluster_sampling.load_embedder(folder)`; stored as
float16. Recordings and pictures from outside of the world get vectors too, but how alike those
are was not learned from recordings or photographs.

## Data
Music, captions, prompts and pictures rendered by `miniature.world`, varied in volume, noise, pitch
bands, zoom and sharpness (nothing of other people).
"""

_CLASSIFIER = """# {title}

A classifier of 64 px pictures of the world of `miniature.world`: scene (or "nothing"), palette and
light. Load it with `miniature.classifier.load_classifier("{name}")`; stored as float16.

{role}

## Data
Pictures drawn by `miniature.world`, mirrored, moved, softened and made noisy, and pictures of
nothing: constant colours, noise, clouds, gradients, checks, shuffled tiles.
"""

_ROLES = {
    "examiner": """The examiner says for gold u_con whether a picture is of the meant scene, and for
u_emo which palette and light it has. No learner ever sees it.""",
    "inspector": """The inspector measures whether painted pictures keep to their prompts. It shares
neither pictures nor network with the examiner, and nothing is optimised for it.""",
}

_RECIPE = """
## Recipe
`python -m miniature.train {kind}` with seed {seed}; weights' sha256 `{fingerprint}`.
Every batch is decided by (seed, step), so a run that was stopped and resumed equals one that was
not; versions, machine and number of threads change the last digits, and with them the hash.

| setting | value |
| --- | --- |
{settings}

Made with {versions}.

## Measured
On points of the world that training did not see, by the weights in this folder.

| | |
| --- | --- |
{measured}
"""


def write_painter_card(
    path: Path,
    settings: PainterSettings,
    measured: Mapping[str, float],
    fingerprint: str,
) -> None:
    _write(path, _PAINTER.format(steps=16), "painter", settings, measured, fingerprint)


def write_embedder_card(
    path: Path,
    settings: EmbedderSettings,
    measured: Mapping[str, float],
    fingerprint: str,
) -> None:
    _write(path, _EMBEDDER, "embedder", settings, measured, fingerprint)


def write_classifier_card(
    path: Path,
    settings: ClassifierSettings,
    measured: Mapping[str, float],
    fingerprint: str,
) -> None:
    name = settings.name
    introduction = _CLASSIFIER.format(title=name.capitalize(), name=name, role=_ROLES[name])
    _write(path, introduction, f"classifier --name {name}", settings, measured, fingerprint)


def _write(
    path: Path,
    introduction: str,
    kind: str,
    settings: RecipeSettings,
    measured: Mapping[str, float],
    fingerprint: str,
) -> None:
    versions = software_versions()
    recipe = _RECIPE.format(
        kind=kind,
        seed=settings.seed,
        fingerprint=fingerprint,
        settings=_rows(settings),
        versions=", ".join(f"{n} {v}" for n, v in versions.items() if n != "musepainter"),
        measured="\n".join(
            f"| {name.replace('_', ' ')} | {value:.3g} |" for name, value in measured.items()
        ),
    )
    path.write_text(introduction + recipe, encoding="utf-8")


def _rows(settings: BaseModel) -> str:
    return "\n".join(f"| {name} | {value} |" for name, value in settings.model_dump().items())
