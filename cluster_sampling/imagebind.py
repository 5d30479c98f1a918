"""ImageBind (Girdhar et al., CVPR 2023): music, pictures and text in one space of unit vectors.

A compact implementation of its audio, image and text towers, from the paper and the names and
shapes of the published weights, which `official_weights` loads. Left out: the depth, thermal and
IMU towers, stochastic depth in training, and position embeddings for other picture sizes.

Letters in shapes: n items, w windows of a clip, m mel bins, t frames, l tokens, d dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init

from cluster_sampling.imagebind_config import (
    AudioSizes,
    ImageBindConfig,
    ImageSizes,
    TextSizes,
    TowerSizes,
)

MAX_SCALE = 100.0
_NORM_EPS = 1e-6


class ImageBindOutput(NamedTuple):
    """Scaled features, float (n, d); None for a modality that was not given.

    Lengths: image 1; text the learned scale (the contrastive temperature); audio at most
    `audio_scale`, shorter the more the windows of a clip differ. Normalise before comparing.
    """

    audio: Tensor | None
    image: Tensor | None
    text: Tensor | None


class ImageBind(PreTrainedModel):
    """Three towers. `*_features` give unit vectors; `forward` gives the official scaled outputs."""

    config_class = ImageBindConfig
    base_model_prefix = "imagebind"
    main_input_name = "pixels"

    def __init__(self, config: ImageBindConfig) -> None:
        super().__init__(config)
        self.audio = AudioTower(config.audio_sizes, config.embedding_width)
        self.image = ImageTower(config.image_sizes, config.embedding_width)
        self.text = TextTower(config.text_sizes, config.embedding_width)
        # The official model fixes the audio's scale at 20 and learns that of text.
        self.log_audio_scale = nn.Parameter(torch.empty(()), requires_grad=False)
        self.log_text_scale = nn.Parameter(torch.empty(()))
        self.post_init()

    def audio_features(self, mel: Tensor) -> Tensor:
        """(n, w, 1, m, t) normalised log-mel windows -> (n, d) unit vectors, averaged over w."""
        return _unit(self._window_features(mel).mean(dim=1))

    def image_features(self, pixels: Tensor) -> Tensor:
        """(n, 3, size_px, size_px) normalised pictures -> (n, d) unit vectors; differentiable."""
        return _unit(self.image(pixels))

    def image_levels(self, pixels: Tensor) -> Tensor:
        """(n, 3, size_px, size_px) normalised pictures -> (n, v) levels; differentiable.

        What the image tower sees on its way, for readers who need more than what pictures share
        with music and words: mean and sd of the stem's patches; start token, mean and sd of the
        patches after the blocks of `ImageSizes.read_depths`; and last `image_features`. Their
        widths are `ImageBindConfig.level_blocks`, which add to v.
        """
        return self.image.levels(pixels)

    def text_features(self, tokens: Tensor) -> Tensor:
        """(n, l) int64 token ids, l <= context, each with an `end_id` -> (n, d) unit vectors."""
        return _unit(self.text(tokens))

    @property
    def audio_scale(self) -> Tensor:
        return _scale(self.log_audio_scale)

    @property
    def text_scale(self) -> Tensor:
        return _scale(self.log_text_scale)

    def forward(
        self,
        mel: Tensor | None = None,
        pixels: Tensor | None = None,
        tokens: Tensor | None = None,
    ) -> ImageBindOutput:
        """The official outputs; inputs as in `*_features`."""
        return ImageBindOutput(
            None if mel is None else self.audio_scale * self._window_features(mel).mean(dim=1),
            None if pixels is None else self.image_features(pixels),
            None if tokens is None else self.text_scale * self.text_features(tokens),
        )

    def _window_features(self, mel: Tensor) -> Tensor:
        n, windows = mel.shape[:2]
        features = _unit(self.audio(mel.flatten(0, 1)))
        return features.reshape(n, windows, -1)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            init.xavier_uniform_(module.weight)
            if module.bias is not None:
                init.zeros_(module.bias)
        else:
            super()._init_weights(module)
        for name, parameter in module.named_parameters(recurse=False):
            if name in {"start", "position", "extra_key", "extra_value"}:
                init.normal_(parameter, std=parameter.shape[-1] ** -0.5)
        if module is self:
            init.constant_(self.log_audio_scale, math.log(20.0))
            init.constant_(self.log_text_scale, math.log(1 / 0.07))


class AudioTower(nn.Module):
    """(n, 1, m, t) log-mel images -> (n, d), read out at the start token."""

    def __init__(self, sizes: AudioSizes, embedding_width: int) -> None:
        super().__init__()
        self.expected = (1, sizes.mel_bins, sizes.frames)
        self.stem = nn.Conv2d(1, sizes.width, sizes.patch, stride=sizes.stride, bias=False)
        self.stem_norm = nn.LayerNorm(sizes.width)
        self.start = nn.Parameter(torch.empty(1, 1, sizes.width))
        self.position = nn.Parameter(torch.empty(1, 1 + sizes.patches, sizes.width))
        self.blocks = _blocks(sizes, has_extra_key=True)
        self.head = Head(sizes.width, embedding_width)

    def forward(self, mel: Tensor) -> Tensor:
        _check_shape("log-mel windows", mel, self.expected)
        patches = self.stem_norm(self.stem(mel).flatten(2).transpose(1, 2))  # (n, l, width)
        tokens = _with_start(self.start, patches) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        features: Tensor = self.head(tokens[:, 0])
        return features


class ImageTower(nn.Module):
    """(n, 3, size_px, size_px) -> (n, d), read out at the start token."""

    def __init__(self, sizes: ImageSizes, embedding_width: int) -> None:
        super().__init__()
        self.expected = (3, sizes.size_px, sizes.size_px)
        self.repeats = sizes.repeats
        self.read_depths = sizes.read_depths
        kernel = (sizes.repeats, sizes.patch, sizes.patch)
        self.stem = nn.Conv3d(3, sizes.width, kernel, stride=kernel, bias=False)
        self.start = nn.Parameter(torch.empty(1, 1, sizes.width))
        self.position = nn.Parameter(torch.empty(1, 1 + sizes.patches, sizes.width))
        self.first_norm = nn.LayerNorm(sizes.width, eps=_NORM_EPS)
        self.blocks = _blocks(sizes)
        self.head = Head(sizes.width, embedding_width)

    def forward(self, pixels: Tensor) -> Tensor:
        for states in self._states(pixels):
            tokens = states
        return self._read_out(tokens)

    def levels(self, pixels: Tensor) -> Tensor:
        """See `ImageBind.image_levels`."""
        read: list[Tensor] = []
        for depth, states in enumerate(self._states(pixels)):
            if depth == 0:
                read += mean_and_sd(states)
            elif depth in self.read_depths:
                read += [states[:, 0], *mean_and_sd(states[:, 1:])]
        return torch.cat([*read, _unit(self._read_out(states))], dim=-1)

    def _states(self, pixels: Tensor) -> Iterator[Tensor]:
        """The stem's patches (n, l, width), then after each block all tokens, the start first."""
        _check_shape("pictures", pixels, self.expected)
        video = pixels.unsqueeze(2).expand(-1, -1, self.repeats, -1, -1)  # (n, 3, repeats, h, w)
        patches = self.stem(video).flatten(2).transpose(1, 2)
        yield patches
        tokens = self.first_norm(_with_start(self.start, patches) + self.position)
        for block in self.blocks:
            tokens = block(tokens)
            yield tokens

    def _read_out(self, tokens: Tensor) -> Tensor:
        features: Tensor = self.head(tokens[:, 0])
        return features


class TextTower(nn.Module):
    """(n, l) token ids -> (n, d), read out at the first end token; what follows is unseen."""

    def __init__(self, sizes: TextSizes, embedding_width: int) -> None:
        super().__init__()
        self.end_id = sizes.end_id
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.width)
        self.position = nn.Parameter(torch.empty(1, sizes.context, sizes.width))
        self.blocks = _blocks(sizes)
        self.head = Head(sizes.width, embedding_width)

    def forward(self, ids: Tensor) -> Tensor:
        length = ids.shape[1]
        if length > self.position.shape[1]:
            raise ValueError(f"{length} tokens exceed the context of {self.position.shape[1]}")
        is_end = ids == self.end_id
        if not bool(is_end.any(dim=1).all()):
            raise ValueError(f"every row of tokens must hold the end token {self.end_id}")
        tokens = self.embedding(ids) + self.position[:, :length]
        for block in self.blocks:
            tokens = block(tokens, is_causal=True)
        first_end = is_end.int().argmax(dim=1)
        features: Tensor = self.head(tokens[torch.arange(len(ids), device=ids.device), first_end])
        return features


class Head(nn.Module):
    def __init__(self, width: int, embedding_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=_NORM_EPS)
        self.projection = nn.Linear(width, embedding_width, bias=False)

    def forward(self, token: Tensor) -> Tensor:
        projected: Tensor = self.projection(self.norm(token))
        return projected


class Block(nn.Module):
    """Pre-norm attention and a GELU feed-forward of four times the width."""

    def __init__(self, width: int, heads: int, *, has_extra_key: bool) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, eps=_NORM_EPS)
        self.attention = Attention(width, heads, has_extra_key=has_extra_key)
        self.feed_norm = nn.LayerNorm(width, eps=_NORM_EPS)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor, *, is_causal: bool = False) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens), is_causal=is_causal)
        fed: Tensor = self.narrow(F.gelu(self.widen(self.feed_norm(tokens))))
        return tokens + fed


class Attention(nn.Module):
    """Self-attention; with `has_extra_key` every query may also look at one learned key."""

    def __init__(self, width: int, heads: int, *, has_extra_key: bool) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        if has_extra_key:
            self.extra_key = nn.Parameter(torch.empty(1, 1, width))
            self.extra_value = nn.Parameter(torch.empty(1, 1, width))
        self.has_extra_key = has_extra_key

    def forward(self, tokens: Tensor, *, is_causal: bool = False) -> Tensor:
        query, key, value = self.query_key_value(tokens).chunk(3, dim=-1)  # each (n, l, width)
        if self.has_extra_key:
            key = torch.cat([key, self.extra_key.expand(len(key), -1, -1)], dim=1)
            value = torch.cat([value, self.extra_value.expand(len(value), -1, -1)], dim=1)
        seen = F.scaled_dot_product_attention(
            self._by_head(query), self._by_head(key), self._by_head(value), is_causal=is_causal
        )
        mixed: Tensor = self.out(seen.transpose(1, 2).flatten(2))
        return mixed

    def _by_head(self, tokens: Tensor) -> Tensor:
        n, length = tokens.shape[:2]
        return tokens.reshape(n, length, self.heads, -1).transpose(1, 2)  # (n, heads, l, each)


def _blocks(sizes: TowerSizes, *, has_extra_key: bool = False) -> nn.ModuleList:
    return nn.ModuleList(
        Block(sizes.width, sizes.heads, has_extra_key=has_extra_key) for _ in range(sizes.depth)
    )


def _with_start(start: Tensor, patches: Tensor) -> Tensor:
    return torch.cat([start.expand(len(patches), -1, -1), patches], dim=1)


def mean_and_sd(patches: Tensor) -> tuple[Tensor, Tensor]:
    """Of patches (n, l, width), float32 (n, width) each; the sd of equals has a gradient too."""
    patches = patches.float()
    return patches.mean(dim=1), (patches.var(dim=1, correction=0) + _NORM_EPS).sqrt()


def _unit(features: Tensor) -> Tensor:
    return F.normalize(features, dim=-1)


def _scale(logarithm: Tensor) -> Tensor:
    return logarithm.exp().clamp(max=MAX_SCALE)


def _check_shape(what: str, given: Tensor, expected: tuple[int, ...]) -> None:
    if given.shape[1:] != expected:
        raise ValueError(f"{what} must have the shape (n, *{expected}), not {tuple(given.shape)}")
