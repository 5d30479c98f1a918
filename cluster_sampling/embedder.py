"""Embedding of clips, pictures and texts, as unit vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor

from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from cluster_sampling.look import LOOK_WIDTH, look
from cluster_sampling.preprocessing import (
    denormalised,
    load_audio_windows,
    load_image,
    load_square,
    prepare_images,
)
from workbench.errors import BadInput
from workbench.files import read_json, whole_folder

Item = TypeVar("Item")
FloatArray = npt.NDArray[np.float32]
Precision = Literal["fp32", "bf16"]
"""In which numbers towers multiply; what comes out is float32 either way."""

TOKENIZER_FILE = "tokenizer.json"
DEFAULT_BATCH_SIZE = 32


class Embedder:
    """An ImageBind model with its tokenizer. Rows come in the order of the input; no randomness.

    `embed_*` return float32 arrays without gradients, (n, d) of unit rows but for
    `embed_image_levels`; `image_levels`, `levels_of` and `texts_of` are the differentiable ways
    for what are tensors already.
    """

    def __init__(
        self, model: ImageBind, tokenizer: Tokenizer, *, batch_size: int = DEFAULT_BATCH_SIZE
    ) -> None:
        self.model: ImageBind = model.eval()
        self.batch_size = batch_size
        self.precision: Precision = "fp32"
        # Whoever opens it for several to share notes what it was made from, in hashes.
        self.origin: tuple[str, ...] = ()
        config: ImageBindConfig = model.config
        self.dimension = config.embedding_width
        self.music_width = config.music_width
        self.level_blocks = [*([1] * LOOK_WIDTH), *config.level_blocks]
        self.level_width = sum(self.level_blocks)
        self._audio_sizes = config.audio_sizes
        self._image_sizes = config.image_sizes
        self._tokenizer = _fitted(tokenizer, config)

    def embed_audio(self, paths: Sequence[Path]) -> FloatArray:
        """Raises BadInput naming the file for a recording that cannot be read."""
        return self._embed(paths, self.read_audio, self.model.audio_features, self.music_width)

    def embed_images(self, images: Sequence[Path | Image.Image]) -> FloatArray:
        """Raises BadInput naming the file for a picture that cannot be read."""
        return self._embed(images, self.read_image, self.model.image_features, self.dimension)

    def embed_image_levels(self, images: Sequence[Path | Image.Image]) -> FloatArray:
        """(n, level_width), see `levels_of`; errors as of `embed_images`."""
        return self._embed(images, self.read_image, self.levels_of, self.level_width)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """A text longer than the context is cut, as the official model does."""
        return self._embed(texts, self.read_text, self.model.text_features, self.dimension)

    def image_levels(self, images: Tensor) -> Tensor:
        """(n, 3, h, w) pictures in [0, 1] on the model's device -> (n, level_width)."""
        return self.levels_of(prepare_images(images, self._image_sizes))

    def levels_of(self, pixels: Tensor) -> Tensor:
        """Input of the image tower (n, 3, size_px, size_px) -> (n, level_width).

        How the picture looks (`look`, LOOK_WIDTH columns), then `ImageBind.image_levels`, whose
        last d columns are the embedding. `level_blocks` has the widths of its parts.
        """
        with self._multiplying(pixels):
            levels = self.model.image_levels(pixels).float()
        return torch.cat([look(denormalised(pixels)), levels], dim=1)

    def texts_of(self, tokens: Tensor) -> Tensor:
        """Input of the text tower (n, context) -> (n, d) unit rows."""
        with self._multiplying(tokens):
            return self.model.text_features(tokens).float()

    def _multiplying(self, inputs: Tensor) -> torch.autocast:
        is_bf16 = self.precision == "bf16"
        return torch.autocast(inputs.device.type, torch.bfloat16, enabled=is_bf16)

    def read_audio(self, path: Path) -> Tensor:
        """Input of the audio tower for one clip, float32 (w, 1, m, t)."""
        return load_audio_windows(path, self._audio_sizes)

    def read_image(self, image: Path | Image.Image) -> Tensor:
        """Input of the image tower for one picture, float32 (3, size_px, size_px)."""
        return load_image(image, self._image_sizes)

    def read_square(self, image: Path | Image.Image) -> Tensor:
        """`read_image` before it is normalised, uint8 (3, size_px, size_px): a quarter as large."""
        return load_square(image, self._image_sizes)

    def read_text(self, text: str) -> Tensor:
        """Input of the text tower, int64 (context,)."""
        return torch.tensor(self._tokenizer.encode(text).ids)

    @torch.inference_mode()
    def _embed(
        self,
        items: Sequence[Item],
        read: Callable[[Item], Tensor],
        features_of: Callable[[Tensor], Tensor],
        width: int,
    ) -> FloatArray:
        rows = np.empty((len(items), width), dtype=np.float32)
        for start in range(0, len(items), self.batch_size):
            batch = torch.stack([read(item) for item in items[start : start + self.batch_size]])
            with self._multiplying(batch := batch.to(self.model.device)):
                features = features_of(batch)
            rows[start : start + len(batch)] = features.float().cpu().numpy()
        return rows


def load_embedder(
    folder: str | Path, device: str = "cpu", *, batch_size: int = DEFAULT_BATCH_SIZE
) -> Embedder:
    """Open a folder with config.json, model.safetensors and tokenizer.json, in float32.

    Weights stored in half precision are widened. Raises BadInput when a file is missing, does not
    fit the others, or the device is not there.
    """
    place = Path(folder)
    _check_folder(place)
    _check_device(device)
    model, report = _opened_model(place)
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[problem]:
            names = ", ".join(sorted(map(str, report[problem]))[:3])
            raise BadInput(f"the weights in {place} do not fit config.json: {problem} {names}")
    return Embedder(model.to(device), open_tokenizer(place / TOKENIZER_FILE), batch_size=batch_size)


def save_embedder(
    folder: Path, model: ImageBind, tokenizer: Tokenizer, *, dtype: torch.dtype = torch.float16
) -> None:
    """Write a folder that `load_embedder` opens; `model` itself keeps its precision.

    Raises BadInput when `folder` holds anything.
    """
    _fitted(tokenizer, model.config)
    state = {name: value.detach().to("cpu", dtype) for name, value in model.state_dict().items()}
    with whole_folder(folder) as partial:
        model.save_pretrained(partial, state_dict=state)
        tokenizer.save(str(partial / TOKENIZER_FILE))


def _check_folder(place: Path) -> None:
    if not place.is_dir():
        raise BadInput(
            f"the embedder {str(place)!r} is no folder; for the official weights make it with "
            f"`python -m cluster_sampling.official_weights WEIGHTS TOKENIZER {place}`"
        )
    for name in ("config.json", TOKENIZER_FILE):
        if not (place / name).is_file():
            raise BadInput(f"the embedder in {place} lacks {name}; fetch or train it again")
    config = read_json(place / "config.json")
    found = config.get("model_type") if isinstance(config, dict) else None
    if found != ImageBindConfig.model_type:
        raise BadInput(
            f"{place}/config.json is of type {found!r}; expected {ImageBindConfig.model_type!r}"
        )


def _check_device(device: str) -> None:
    try:
        wanted = torch.device(device)
    except RuntimeError:
        raise BadInput(f"device {device!r} is unknown; give cpu, cuda or cuda:N") from None
    if wanted.type == "cuda" and (wanted.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise BadInput(f"device {device!r} is not among the {count} CUDA GPUs here; give cpu")


def _opened_model(place: Path) -> tuple[ImageBind, dict[str, Any]]:
    try:
        model, report = ImageBind.from_pretrained(
            place, dtype=torch.float32, output_loading_info=True, local_files_only=True
        )
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise BadInput(f"the weights in {place} cannot be read: {error}") from None
    return model, report


def open_tokenizer(path: Path) -> Tokenizer:
    """Raises BadInput when the file is missing or no tokenizer.json."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001  tokenizers raises nothing narrower
        raise BadInput(f"{path} is no tokenizer.json: {error}") from None


def _fitted(tokenizer: Tokenizer, config: ImageBindConfig) -> Tokenizer:
    """A copy that cuts and pads to the context. Raises BadInput when it does not fit the model."""
    sizes = config.text_sizes
    if tokenizer.get_vocab_size() > sizes.vocabulary:
        raise BadInput(
            f"the tokenizer has {tokenizer.get_vocab_size()} tokens, the model only "
            f"{sizes.vocabulary}; use the tokenizer that the model was trained with"
        )
    fitted = Tokenizer.from_str(tokenizer.to_str())
    fitted.encode_special_tokens = True  # A text that spells the end token does not end there.
    fitted.enable_truncation(sizes.context)
    fitted.enable_padding(length=sizes.context, pad_id=sizes.end_id, pad_token="")
    if fitted.encode("").ids[:2].count(sizes.end_id) == 0:
        raise BadInput(
            f"the tokenizer does not close a text with the model's end token {sizes.end_id}"
        )
    return fitted
