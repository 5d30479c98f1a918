import pytest

from cluster_sampling.tokenizer import END_ID, START_ID, train_tokenizer

TEXTS = ["calm piano", "calm violin"]


def test_tokenizer_closes_texts_and_gives_them_back_lowered():
    tokenizer = train_tokenizer(TEXTS, vocabulary=270)

    encoded = tokenizer.encode("Calm PIANO é 😀")

    assert encoded.ids[0] == START_ID
    assert encoded.ids[-1] == END_ID
    assert tokenizer.decode(encoded.ids).strip() == "calm piano é 😀"


def test_tokenizer_keeps_to_its_vocabulary():
    assert train_tokenizer(TEXTS, vocabulary=262).get_vocab_size() == 262


def test_tokenizer_needs_room_for_every_byte():
    with pytest.raises(ValueError, match="257 is below 258"):
        train_tokenizer(TEXTS, vocabulary=257)
