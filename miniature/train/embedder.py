"""The whole recipe of the embedder: render, draw, train, measure, and write an ImageBind folder."""

from __future__ import annotations

from pathlib import Path

from cluster_sampling.embedder import save_embedder
from cluster_sampling.imagebind_config import AudioSizes
from miniature.train.card import write_embedder_card
from miniature.train.drawn import HELD_OUT, drawn_pictures, world_latents
from miniature.train.embedding import Triples, held_out_recalls, new_embedder, train_embedder
from miniature.train.heard import heard_windows
from miniature.train.recipe import recipe_run
from miniature.train.settings import EmbedderSettings
from workbench.files import sha256_of_folder
from workbench.run_folder import RunFolder

_CANDIDATES = 100


def make_embedder(
    settings: EmbedderSettings,
    *,
    run_folder: Path,
    weights: Path,
    resume: bool = False,
    show_progress: bool = True,
) -> dict[str, float]:
    """Train and write the embedder; returns what was measured, which its card repeats.

    Raises BadInput when `weights` holds anything, or `run_folder` does and `resume` is off.
    """
    with recipe_run(
        "embedder",
        settings,
        run_folder=run_folder,
        weights=weights,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        model, tokenizer = new_embedder(settings.seed, settings.width)
        sizes = model.config.audio_sizes
        points = world_latents(settings.triples, settings.seed)
        seen = Triples(points, drawn_pictures(run, points), heard_windows(run, points, sizes))
        train_embedder(run, settings, model, tokenizer, seen)
        # What is measured is what is shipped: float16 values.
        model.load_state_dict({name: t.half().float() for name, t in model.state_dict().items()})
        measured = held_out_recalls(
            model,
            tokenizer,
            _held_out(run, settings, sizes),
            among=min(_CANDIDATES, settings.held_out),
        )
        save_embedder(weights, model, tokenizer)
        measured["megabytes"] = (weights / "model.safetensors").stat().st_size / 1e6
        fingerprint = sha256_of_folder(weights, suffixes=(".safetensors",))
        write_embedder_card(weights / "README.md", settings, measured, fingerprint)
        run.note(measured=measured)
    return measured


def _held_out(run: RunFolder, settings: EmbedderSettings, sizes: AudioSizes) -> Triples:
    """Triples of another world: the same rules, none of the same points."""
    points = world_latents(settings.held_out, settings.seed + HELD_OUT)
    pictures = drawn_pictures(run, points, name="held-out-pictures")
    return Triples(points, pictures, heard_windows(run, points, sizes, name="held-out-mels"))
