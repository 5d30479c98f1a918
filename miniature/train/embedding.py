"""ImageBind at miniature size: three towers, three contrastive losses on triples of the world."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import AudioSizes, ImageBindConfig
from cluster_sampling.preprocessing import prepare_images
from cluster_sampling.tokenizer import END_ID, train_tokenizer
from miniature.pixels import moved
from miniature.train.checkpoints import Trainee
from miniature.train.loop import Losses, optimizer_for, run_steps
from miniature.train.recipe import best_device
from miniature.train.settings import EmbedderSettings
from miniature.train.vocabularies import world_texts
from miniature.world.latents import Latents
from miniature.world.texts import varied_prompt, write_caption
from workbench.run_folder import RunFolder

VOCABULARY = 1280
_CAPTION_SHARE = 0.6


@dataclass(frozen=True)
class Triples:
    """What the towers see: n points, their pictures (n, h, w, 3) uint8 and windows (n, w, m, t)."""

    points: list[Latents]
    pictures: NDArray[np.uint8]
    windows: NDArray[np.float16]


def new_embedder(seed: int, width: int) -> tuple[ImageBind, Tokenizer]:
    tokenizer = train_tokenizer(world_texts(2_000, seed), vocabulary=VOCABULARY)
    torch.manual_seed(seed)
    config = ImageBindConfig.mini(vocabulary=VOCABULARY, end_id=END_ID, width=width)
    # A caption that tells of everything may be longer than the tower reads.
    tokenizer.enable_truncation(config.text_sizes.context)
    return ImageBind(config), tokenizer


def train_embedder(
    run: RunFolder,
    settings: EmbedderSettings,
    model: ImageBind,
    tokenizer: Tokenizer,
    triples: Triples,
) -> None:
    """InfoNCE in both directions between all three pairs of modalities."""
    device = best_device()
    modules: dict[str, torch.nn.Module] = {"imagebind": model.to(device).train()}
    trainee = Trainee(modules, optimizer_for(modules, settings.learning_rate), ema_decay=0.995)

    def loss_of_step(generator: torch.Generator) -> Losses:
        count = min(settings.batch, len(triples.points))
        chosen = torch.randperm(len(triples.points), generator=generator)[:count].numpy()
        texts = np.random.default_rng(generator.initial_seed())
        tokens = _token_ids(tokenizer, [_words(triples.points[i], texts) for i in chosen])
        audio = _varied_windows(triples.windows[chosen], model.config.audio_sizes, generator)
        pixels = _varied_pictures(triples.pictures[chosen], generator)
        pixels = prepare_images(pixels, model.config.image_sizes)
        return contrastive_losses(model, audio.to(device), pixels.to(device), tokens.to(device))

    run_steps(
        run, "imagebind", trainee, loss_of_step,
        steps=settings.steps, seed=settings.seed, save_every=settings.save_every,
    )  # fmt: skip
    model.cpu().eval()


def contrastive_losses(model: ImageBind, audio: Tensor, pixels: Tensor, tokens: Tensor) -> Losses:
    """audio (n, w, 1, m, t), pixels (n, 3, px, px), tokens (n, l) of the same n triples."""
    heard = model.audio_features(audio)
    seen = model.image_features(pixels)
    read = model.text_features(tokens)
    losses = {
        "audio_image": _info_nce(heard, seen, model.audio_scale),
        "text_image": _info_nce(read, seen, model.text_scale),
        "audio_text": _info_nce(heard, read, model.audio_scale),
    }
    return {"loss": torch.stack(list(losses.values())).sum(), **losses}


@torch.inference_mode()
def recall_at_1(queries: Tensor, candidates: Tensor) -> float:
    """Share of rows of `queries` (n, d) whose own row of `candidates` is the most similar one."""
    nearest = (queries @ candidates.T).argmax(dim=1)
    return float((nearest == torch.arange(len(queries))).float().mean())


@torch.inference_mode()
def held_out_recalls(
    model: ImageBind, tokenizer: Tokenizer, triples: Triples, *, among: int = 100
) -> dict[str, float]:
    """Mean recall@1 among `among` candidates over all full groups of held-out triples."""
    words = np.random.default_rng(0)
    captions = [write_caption(point, words) for point in triples.points]
    prompts = [varied_prompt(point, words) for point in triples.points]
    sizes: AudioSizes = model.config.audio_sizes
    heard = model.audio_features(
        _normalised(torch.from_numpy(np.array(triples.windows)).float(), sizes)
    )
    pixels = torch.from_numpy(np.array(triples.pictures)).permute(0, 3, 1, 2) / 255.0
    seen = model.image_features(prepare_images(pixels, model.config.image_sizes))
    read = {
        name: model.text_features(_token_ids(tokenizer, texts))
        for name, texts in (("caption", captions), ("prompt", prompts))
    }
    pairs = {
        "audio_to_image": (heard, seen),
        "caption_to_image": (read["caption"], seen),
        "prompt_to_image": (read["prompt"], seen),
        "audio_to_caption": (heard, read["caption"]),
    }
    groups = [slice(s, s + among) for s in range(0, len(heard) - among + 1, among)]
    return {
        name: sum(recall_at_1(q[group], c[group]) for group in groups) / len(groups)
        for name, (q, c) in pairs.items()
    }


def _info_nce(queries: Tensor, keys: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE (van den Oord et al. 2018, Eq. 4) of unit rows (n, d)."""
    logits = scale * queries @ keys.T
    own = torch.arange(len(queries), device=queries.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def _words(point: Latents, rng: np.random.Generator) -> str:
    is_caption = rng.random() < _CAPTION_SHARE
    return write_caption(point, rng) if is_caption else varied_prompt(point, rng)


def _token_ids(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """(n, l) int64, l the longest of the batch: what follows the end token has no effect."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    longest = max(map(len, rows))
    return torch.tensor([row + [END_ID] * (longest - len(row)) for row in rows])


def _normalised(log_mels: Tensor, sizes: AudioSizes) -> Tensor:
    """(n, w, m, t) natural logarithms -> (n, w, 1, m, t) as the tower takes them."""
    return ((log_mels - sizes.mean) / sizes.std).unsqueeze(2)


def _varied_windows(
    windows: NDArray[np.float16], sizes: AudioSizes, generator: torch.Generator
) -> Tensor:
    """One window of each clip at another volume, with noise, and a band of pitches left out."""
    n, count = windows.shape[:2]
    which = torch.randint(count, (n,), generator=generator).numpy()
    mels = torch.from_numpy(windows[np.arange(n), which]).float().unsqueeze(1)
    shape = (n, 1, 1, 1)
    decibels = 12 * torch.randn(shape, generator=generator).clamp(-1.5, 1.5) - 6
    mels = mels + decibels * math.log(10) / 10
    noise = -16 + 10 * torch.rand(shape, generator=generator)
    mels = torch.logaddexp(mels, noise + 0.5 * torch.randn(mels.shape, generator=generator))
    band = torch.randint(sizes.mel_bins, (n, 1, 1, 1), generator=generator)
    bins = torch.arange(sizes.mel_bins).view(1, 1, -1, 1)
    is_masked = (bins - band).abs() < 4
    return _normalised(torch.where(is_masked, mels.mean(dim=(2, 3), keepdim=True), mels), sizes)


def _varied_pictures(pictures: NDArray[np.uint8], generator: torch.Generator) -> Tensor:
    """(n, 3, h, w) in [0, 1]: zoomed, shifted, mirrored, blurred by resizing, with noise."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255.0
    n = len(pixels)
    zoom = 0.75 + 0.25 * torch.rand(n, generator=generator)
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    shift = (1 - zoom)[:, None] * (2 * torch.rand((n, 2), generator=generator) - 1)
    shown = moved(pixels, zoom=zoom, mirror=mirror, shift=shift)
    spread = 0.05 * torch.rand((n, 1, 1, 1), generator=generator)
    noisy = shown + spread * torch.randn(shown.shape, generator=generator)
    return noisy.clamp(0, 1)
