"""The whole recipe of a picture classifier: draw, train, measure, and write its folder.

The examiner and the inspector learn from different worlds, with different networks, disturbances
and chance, so that what deceives one need not deceive the other. Supports CPUs; resumes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from miniature.classifier import (
    HEADS,
    NOTHING,
    Name,
    PictureClassifier,
    indices_of,
    new_classifier,
    read_classifier,
    write_classifier,
)
from miniature.pixels import as_pixels
from miniature.train.card import write_classifier_card
from miniature.train.checkpoints import Trainee
from miniature.train.disturbing import DISTURBANCES, disturbed, pictures_of_nothing
from miniature.train.drawn import HELD_OUT, drawn_pictures, world_latents
from miniature.train.loop import Losses, optimizer_for, run_steps
from miniature.train.recipe import recipe_run
from miniature.train.settings import ClassifierSettings
from miniature.world.latents import Latents
from workbench.files import sha256_of_folder, whole_folder
from workbench.run_folder import RunFolder

WORLDS: dict[Name, int] = {"examiner": 2_000_003, "inspector": 3_000_017}
"""Added to the seed: neither the painter's world nor that of anything measured."""


def make_classifier(
    settings: ClassifierSettings,
    *,
    run_folder: Path,
    weights: Path,
    resume: bool = False,
    show_progress: bool = True,
) -> dict[str, float]:
    """Train and write a classifier; returns what was measured, which its card repeats.

    Raises BadInput when `weights` holds anything, or `run_folder` does and `resume` is off.
    """
    with recipe_run(
        settings.name,
        settings,
        run_folder=run_folder,
        weights=weights,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        points = world_latents(settings.pictures, settings.seed + WORLDS[settings.name])
        classifier = train_classifier(run, settings, points, drawn_pictures(run, points))
        unseen = world_latents(settings.held_out, settings.seed + HELD_OUT)
        with whole_folder(weights) as partial:
            write_classifier(partial, classifier)
            # What is measured is what is shipped: float16 values.
            shipped = read_classifier(partial)
            measured = held_out_accuracies(
                shipped, unseen, drawn_pictures(run, unseen, name="held-out-pictures")
            )
            measured["megabytes"] = (partial / "model.safetensors").stat().st_size / 1e6
            fingerprint = sha256_of_folder(partial, suffixes=(".safetensors",))
            write_classifier_card(partial / "README.md", settings, measured, fingerprint)
        run.note(measured=measured)
    return measured


def train_classifier(
    run: RunFolder,
    settings: ClassifierSettings,
    points: list[Latents],
    pictures: NDArray[np.uint8],
) -> PictureClassifier:
    """Cross-entropy over three heads; what shows nothing has neither palette nor light."""
    seed = settings.seed + WORLDS[settings.name]
    torch.manual_seed(seed)
    classifier = new_classifier(settings.name).train()
    modules: dict[str, torch.nn.Module] = {"classifier": classifier}
    trainee = Trainee(modules, optimizer_for(modules, settings.learning_rate))
    truth = {head: torch.from_numpy(indices) for head, indices in indices_of(points).items()}
    n_nothing = round(settings.nothing_share * settings.batch)

    def loss_of_step(generator: torch.Generator) -> Losses:
        chosen = torch.randint(len(pictures), (settings.batch,), generator=generator)
        pixels = as_pixels(pictures[chosen.numpy()])
        nothing = pictures_of_nothing(pixels[:n_nothing], generator)
        shown = disturbed(pixels[n_nothing:], DISTURBANCES[settings.name], generator)
        meant = {head: indices[chosen[n_nothing:]] for head, indices in truth.items()}
        return classifier_losses(classifier(torch.cat([nothing, shown])), meant, n_nothing)

    run_steps(
        run, settings.name, trainee, loss_of_step,
        steps=settings.steps, seed=seed, save_every=settings.save_every,
    )  # fmt: skip
    return classifier.eval()


def held_out_accuracies(
    classifier: PictureClassifier, points: list[Latents], pictures: NDArray[np.uint8]
) -> dict[str, float]:
    """Accuracy per head on drawn pictures, and on disturbed ones; share of nothings recognised."""
    chance = torch.Generator().manual_seed(0)
    pixels = as_pixels(pictures)
    hard = torch.cat(
        [
            disturbed(half, how, chance)
            for half, how in zip(pixels.chunk(2), DISTURBANCES.values(), strict=True)
        ]
    )
    truth = indices_of(points)
    measured = {}
    for kind, shown in (("drawn", pictures), ("disturbed", _as_pictures(hard))):
        judged = classifier.judge(shown)
        for head in HEADS:
            accuracy = (judged[head].argmax(axis=1) == truth[head]).mean()
            measured[f"{head}_of_{kind}"] = float(accuracy)
    nothing = classifier.judge(_as_pictures(pictures_of_nothing(pixels, chance)))["scene"]
    measured["nothing_recognised"] = float((nothing.argmax(axis=1) == NOTHING).mean())
    return measured


def classifier_losses(
    logits: dict[str, Tensor], meant: dict[str, Tensor], n_nothing: int
) -> Losses:
    """`logits` of n_nothing pictures of nothing, then of pictures of which `meant` is true."""
    losses = {}
    for head, rows in logits.items():
        target = F.one_hot(meant[head], rows.shape[1]).float()
        losses[head] = F.cross_entropy(rows, torch.cat([_of_nothing(head, n_nothing), target]))
    return {"loss": torch.stack(list(losses.values())).sum(), **losses}


def _of_nothing(head: str, n: int) -> Tensor:
    """(n, classes): the class "nothing" where there is one, else all alike."""
    classes = len(HEADS[head])
    if head == "scene":
        return F.one_hot(torch.tensor([NOTHING]), classes).float().expand(n, -1)
    return torch.full((n, classes), 1 / classes)


def _as_pictures(pixels: Tensor) -> NDArray[np.uint8]:
    scaled = ((pixels + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    pictures: NDArray[np.uint8] = scaled.permute(0, 2, 3, 1).numpy()
    return pictures
