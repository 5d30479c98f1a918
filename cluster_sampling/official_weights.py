"""Loading the published `imagebind_huge` weights (CC BY-NC 4.0) into our `ImageBind`.

    python -m cluster_sampling.official_weights imagebind_huge.pth tokenizer.json FOLDER

makes a folder that `load_embedder` opens; tokenizer.json is that of openai/clip-vit-large-patch14,
whose vocabulary the text tower shares.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
import typer
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from cluster_sampling.embedder import open_tokenizer, save_embedder
from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from workbench.command_line import courteous
from workbench.errors import BadInput

# Official name -> ours, up to the last part (weight, bias) where a name ends in a dot.
_OUTSIDE_BLOCKS = {
    "modality_preprocessors.vision.cls_token": "image.start",
    "modality_preprocessors.vision.rgbt_stem.proj.1.": "image.stem.",
    "modality_preprocessors.vision.pos_embedding_helper.pos_embed": "image.position",
    "modality_trunks.vision.pre_transformer_layer.0.": "image.first_norm.",
    "modality_heads.vision.0.": "image.head.norm.",
    "modality_heads.vision.2.": "image.head.projection.",
    "modality_preprocessors.audio.cls_token": "audio.start",
    "modality_preprocessors.audio.rgbt_stem.proj.": "audio.stem.",
    "modality_preprocessors.audio.rgbt_stem.norm_layer.": "audio.stem_norm.",
    "modality_preprocessors.audio.pos_embedding_helper.pos_embed": "audio.position",
    "modality_heads.audio.0.": "audio.head.norm.",
    "modality_heads.audio.2.": "audio.head.projection.",
    "modality_postprocessors.audio.1.log_logit_scale": "log_audio_scale",
    "modality_preprocessors.text.token_embedding.": "text.embedding.",
    "modality_preprocessors.text.pos_embed": "text.position",
    "modality_heads.text.proj.0.": "text.head.norm.",
    "modality_heads.text.proj.1.": "text.head.projection.",
    "modality_postprocessors.text.1.log_logit_scale": "log_text_scale",
}
_TOWERS = {"vision": "image", "audio": "audio", "text": "text"}
_INSIDE_BLOCKS = {
    "attn.in_proj_": "attention.query_key_value.",
    "attn.out_proj.": "attention.out.",
    "attn.bias_k": "attention.extra_key",
    "attn.bias_v": "attention.extra_value",
    "norm_1.": "attention_norm.",
    "norm_2.": "feed_norm.",
    "mlp.fc1.": "widen.",
    "mlp.fc2.": "narrow.",
}
_BLOCK = re.compile(r"modality_trunks\.(vision|audio|text)\.blocks\.(\d+)\.(.+)")
# Towers that we leave out, and the causal mask, which we compute.
_IGNORED = re.compile(r"modality_\w+\.(depth|thermal|imu)\.|modality_preprocessors\.text\.mask$")


def our_name(official: str) -> str | None:
    """Our name for a tensor of the official state dict; None for what we leave out.

    Raises BadInput for a name that the official model does not have.
    """
    if _IGNORED.match(official):
        return None
    if block := _BLOCK.fullmatch(official):
        tower, number, rest = block.groups()
        return f"{_TOWERS[tower]}.blocks.{number}.{_renamed(rest, _INSIDE_BLOCKS, official)}"
    return _renamed(official, _OUTSIDE_BLOCKS, official)


def load_official(path: Path, config: ImageBindConfig | None = None) -> ImageBind:
    """Load an official state dict (.pth, read without executing anything, or .safetensors).

    `config` defaults to `huge`. Raises BadInput when the file is no state dict, or when any tensor
    of the three towers is missing, unknown or of another shape.
    """
    tensors = _read(path)
    renamed = {name: value for key, value in tensors.items() if (name := our_name(key))}
    with torch.device("meta"):
        model = ImageBind(config or ImageBindConfig.huge())
    _check_complete(path, renamed, model.state_dict())
    model.load_state_dict(renamed, assign=True)
    model.log_audio_scale.requires_grad_(False)
    loaded: ImageBind = model.float().eval()
    return loaded


def convert_official(weights: Path, tokenizer: Path, folder: Path) -> None:
    """Make an embedder folder from the official weights and CLIP's tokenizer.json."""
    fitting: Tokenizer = open_tokenizer(tokenizer)
    save_embedder(folder, load_official(weights), fitting, dtype=torch.float32)


def _renamed(name: str, table: Mapping[str, str], official: str) -> str:
    for theirs, ours in table.items():
        if name == theirs or (theirs[-1] in "._" and name.startswith(theirs)):
            return ours + name.removeprefix(theirs)
    raise BadInput(f"{official} is no tensor of the official ImageBind; give imagebind_huge.pth")


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:  # Its text recommends to load unsafely.
        raise BadInput(f"{path} holds more than tensors; give imagebind_huge.pth") from None
    except (OSError, RuntimeError, EOFError, SafetensorError) as error:
        raise BadInput(f"{path} cannot be read as weights: {error}") from None
    if not isinstance(content, dict) or not all(isinstance(v, Tensor) for v in content.values()):
        raise BadInput(f"{path} is no state dict: expected a mapping of names to tensors")
    return content


def _check_complete(
    path: Path, given: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> None:
    for name in sorted(expected.keys() | given.keys()):
        if name not in given:
            raise BadInput(f"{path} lacks {name}; give the complete imagebind_huge.pth")
        if name not in expected:
            raise BadInput(f"{path} holds {name}, which this configuration has no place for")
        if given[name].shape != expected[name].shape:
            shapes = f"{tuple(given[name].shape)}, expected {tuple(expected[name].shape)}"
            raise BadInput(f"{name} in {path} has the shape {shapes}")


if __name__ == "__main__":
    typer.run(courteous(convert_official))
