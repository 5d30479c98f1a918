"""A small byte-level BPE over the world's texts; any other text encodes too, only longer."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

from miniature.train.drawn import world_latents
from miniature.world.latents import triple_seed
from miniature.world.texts import varied_prompt, write_caption

CONTEXT = 48
VOCABULARY = 1536
_TEXTS = 2_000
_SUFFIX = "</w>"
_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def world_texts(count: int, seed: int) -> list[str]:
    """A prompt and a caption of each of the first `count` points of the world."""
    texts = []
    for index, point in enumerate(world_latents(count, seed)):
        rng = triple_seed(seed + 1, index)
        texts += [varied_prompt(point, rng), write_caption(point, rng)]
    return texts


def new_tokenizer(seed: int) -> CLIPTokenizer:
    """A CLIPTokenizer of at most VOCABULARY tokens, laid out as CLIP's: bytes, merges, specials."""
    merges = _learned_merges(world_texts(_TEXTS, seed))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, *(letter + _SUFFIX for letter in alphabet)]
    tokens += ["".join(pair) for pair in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(
        vocab=vocabulary, merges=[tuple(pair) for pair in merges], model_max_length=CONTEXT
    )


def _learned_merges(texts: Iterable[str]) -> list[tuple[str, str]]:
    tokenizer = Tokenizer(BPE(end_of_word_suffix=_SUFFIX))
    # The same cutting as in transformers' CLIPTokenizer, which will apply the merges.
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    trainer = BpeTrainer(
        vocab_size=VOCABULARY - 2 - 256,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix=_SUFFIX,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [(left, right) for left, right in merges]
