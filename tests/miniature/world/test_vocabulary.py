import pytest

from miniature.world import vocabulary


@pytest.mark.parametrize("dimension", ["SCENE", "PALETTE", "LIGHTING", "COMPOSITION", "TEXTURE"])
def test_no_phrase_means_two_things(dimension):
    table = getattr(vocabulary, f"{dimension}_PHRASES")

    phrases = [phrase for several in table.values() for phrase in several]
    assert len(set(phrases)) == len(phrases)
    assert set(table) == set(getattr(vocabulary, f"{dimension}S"))
