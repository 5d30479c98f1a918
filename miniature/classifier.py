"""Two small classifiers of pictures of the world: what scene, which palette, what light.

    examiner    judges for gold u_con; no learner ever sees it
    inspector   measures adherence; trained independently of the examiner (other pictures, other
                network, other disturbances) and never optimised

Both were trained on drawn pictures, sharp, blurred and noisy ones, and on pictures of nothing:
constant colours, noise, gradients, checks and shuffled pictures. Recipe and quality are on the
cards in `miniature/weights/examiner` and `miniature/weights/inspector`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from miniature.picture_features import measurable
from miniature.pixels import as_pixels
from miniature.world.latents import Latents
from miniature.world.vocabulary import LIGHTINGS, PALETTES, SCENES
from workbench.errors import BadInput
from workbench.files import read_json, whole_file, write_json
from workbench.profiles import ROOT

Name = Literal["examiner", "inspector"]
Floats = NDArray[np.float64]

NOTHING = len(SCENES)
"""The class of a picture that shows none of the scenes; the last column of the scene head."""
HEADS: Mapping[str, tuple[str, ...]] = {
    "scene": (*SCENES, "nothing"),
    "palette": PALETTES,
    "lighting": LIGHTINGS,
}
WIDTHS: Mapping[Name, tuple[int, ...]] = {
    "examiner": (20, 40, 64, 96),
    "inspector": (16, 32, 64, 112),
}
_BATCH = 128
_WEIGHTS = ROOT / "miniature" / "weights"


class PictureClassifier(nn.Module):
    """Pictures (n, 3, 64, 64) in [-1, 1] -> logits: scene (n, 9), palette (n, 8), lighting (n, 5).

    The examiner sees where things are: strided convolutions, and every place has its own weights.
    The inspector sees that things are there: convolutions at full stride, pooled over all places.
    """

    def __init__(self, name: Name, widths: Sequence[int]) -> None:
        super().__init__()
        self.name: Name = name
        self.widths = tuple(widths)
        body, features = _BODIES[name](self.widths)
        self.body = body
        self.heads = nn.ModuleDict(
            {head: nn.Linear(features, len(values)) for head, values in HEADS.items()}
        )

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        features = self.body(pixels).flatten(1)
        return {head: linear(features) for head, linear in self.heads.items()}

    @torch.inference_mode()
    def judge(self, pictures: NDArray[np.uint8]) -> dict[str, Floats]:
        """Log-probabilities of RGB pictures, uint8 (n, h, w, 3), by head as `HEADS` lists them.

        scene (n, 9), the last one being "nothing", palette (n, 8), lighting (n, 5). Pictures of
        another size than 64 px are brought to it. Raises ValueError for another shape or dtype.
        """
        small = measurable(pictures)
        parts = [
            self(as_pixels(small[start : start + _BATCH])) for start in range(0, len(small), _BATCH)
        ]
        return {
            head: torch.cat([part[head].double().log_softmax(dim=1) for part in parts]).numpy()
            for head in HEADS
        }


class Adherence(NamedTuple):
    """Shares of pictures in [0, 1] whose scene and whose palette are recognised as those meant."""

    scene: float
    palette: float


def adherence(pictures: NDArray[np.uint8], points: Sequence[Latents]) -> Adherence:
    """Adherence of pictures, uint8 (n, h, w, 3), to the n points they are of, by the inspector.

    Raises ValueError when there are not as many points as pictures, or none.
    """
    return recognised(load_classifier("inspector"), pictures, points)


def recognised(
    classifier: PictureClassifier, pictures: NDArray[np.uint8], points: Sequence[Latents]
) -> Adherence:
    """`adherence` by any classifier."""
    if len(pictures) != len(points) or not points:
        raise ValueError(
            f"expected as many points as pictures, not {len(points)} and {len(pictures)}"
        )
    judged = classifier.judge(pictures)
    meant = indices_of(points)
    shares = {h: float((judged[h].argmax(axis=1) == meant[h]).mean()) for h in ("scene", "palette")}
    return Adherence(**shares)


def indices_of(points: Sequence[Latents]) -> dict[str, NDArray[np.int64]]:
    """The true class (n,) of every point by head."""
    return {
        head: np.array([values.index(getattr(point, head)) for point in points], dtype=np.int64)
        for head, values in HEADS.items()
    }


@cache
def load_classifier(name: Name) -> PictureClassifier:
    """The shipped examiner or inspector, loaded once."""
    return read_classifier(_WEIGHTS / name)


def read_classifier(folder: Path) -> PictureClassifier:
    """A classifier from its folder, in float32, ready to judge.

    Raises BadInput when the folder does not hold one.
    """
    config = read_json(folder / "config.json")
    try:
        classifier = new_classifier(config["name"], config["widths"])
        classifier.load_state_dict(load_file(folder / "model.safetensors"))
    except (KeyError, TypeError, OSError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"{folder} holds no picture classifier ({reason}); make one with "
            "`python -m miniature.train classifier`"
        ) from None
    return classifier.eval().requires_grad_(False)


def write_classifier(folder: Path, classifier: PictureClassifier) -> None:
    """Write config.json and float16 weights into an existing folder."""
    content: dict[str, Any] = {"name": classifier.name, "widths": list(classifier.widths)}
    write_json(folder / "config.json", content)
    weights = {name: _stored(tensor) for name, tensor in classifier.state_dict().items()}
    with whole_file(folder / "model.safetensors") as partial:
        save_file(weights, partial)


def new_classifier(name: Name, widths: Sequence[int] | None = None) -> PictureClassifier:
    """An untrained network of the kind that `name` is; the initial weights are torch's chance."""
    return PictureClassifier(name, WIDTHS[name] if widths is None else widths)


def _stored(tensor: Tensor) -> Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def _strided(widths: Sequence[int]) -> tuple[nn.Module, int]:
    """Four 3 x 3 convolutions of stride 2; 16 places of widths[3] features."""
    channels = [3, *widths]
    layers: list[nn.Module] = []
    for before, after in pairwise(channels):
        layers += [_convolution(before, after, kernel=3, stride=2), nn.ReLU()]
    return nn.Sequential(*layers), channels[-1] * 16


def _pooled(widths: Sequence[int]) -> tuple[nn.Module, int]:
    """5 x 5, then 3 x 3 convolutions and max-pooling; mean and maximum over all places."""
    channels = [3, *widths]
    layers: list[nn.Module] = [_convolution(3, channels[1], kernel=5, stride=2), nn.SiLU()]
    for before, after in pairwise(channels[1:]):
        layers += [_convolution(before, after, kernel=3, stride=1), nn.SiLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, _MeanAndMaximum()), 2 * channels[-1]


class _MeanAndMaximum(nn.Module):
    """(n, c, h, w) -> (n, 2 c)."""

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)


def _convolution(before: int, after: int, *, kernel: int, stride: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after)
    )


_BODIES = {"examiner": _strided, "inspector": _pooled}
