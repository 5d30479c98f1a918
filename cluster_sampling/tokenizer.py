"""A small byte-level BPE tokenizer for a text tower that is trained from scratch."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

START_TOKEN, END_TOKEN = "<|start|>", "<|end|>"
START_ID, END_ID = 0, 1
SMALLEST_VOCABULARY = 258
"""The two tokens above and every byte, so that no text is unknown."""


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """Learn at most `vocabulary` tokens from `texts`; every text is lowered and closed by END_ID.

    Raises ValueError for fewer than SMALLEST_VOCABULARY tokens.
    """
    if vocabulary < SMALLEST_VOCABULARY:
        raise ValueError(f"a vocabulary of {vocabulary} is below {SMALLEST_VOCABULARY}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START_TOKEN, END_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START_TOKEN} $A {END_TOKEN}",
        special_tokens=[(START_TOKEN, START_ID), (END_TOKEN, END_ID)],
    )
    return tokenizer
