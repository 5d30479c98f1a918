import pytest

from miniature.train.painting import token_ids
from miniature.train.vocabularies import CONTEXT, new_tokenizer, world_texts


@pytest.fixture(scope="module")
def tokenizer():
    return new_tokenizer(0)


@pytest.mark.parametrize(
    "text",
    ["ocean waves, azure palette", "naïve café", "日本の音楽", "🎵🎨", "tabs\tand \x00 bytes", ""],
)
def test_any_text_encodes_without_unknown_tokens(tokenizer, text):
    ids = tokenizer(text).input_ids

    assert ids[0] == tokenizer.bos_token_id
    assert ids.count(tokenizer.eos_token_id) == 1
    assert ids[-1] == tokenizer.eos_token_id


def test_text_comes_back_from_its_tokens(tokenizer):
    ids = tokenizer("A café by the sea 🎵").input_ids

    assert tokenizer.decode(ids, skip_special_tokens=True) == "a café by the sea 🎵"


def test_prompts_of_the_world_fit_the_context(tokenizer):
    prompts = world_texts(300, seed=9)[::2]

    assert max(len(tokenizer(prompt).input_ids) for prompt in prompts) < CONTEXT


def test_token_ids_are_padded_and_cut_to_the_context(tokenizer):
    ids = token_ids(tokenizer, ["short", "word " * 500])

    assert ids.shape == (2, CONTEXT)
    assert int(ids[1, -1]) == tokenizer.eos_token_id


def test_tokenizer_is_the_same_for_the_same_seed(tokenizer):
    assert new_tokenizer(0).get_vocab() == tokenizer.get_vocab()
