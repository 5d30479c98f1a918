from dataclasses import replace

import numpy as np
import pytest

from miniature.world.latents import sample_latents, triple_seed
from miniature.world.music import SCALES, Note, Score, compose, pitch_of
from miniature.world.synthesiser import TIMBRES, render

POINTS = [sample_latents(triple_seed(0, index)) for index in range(20)]


@pytest.mark.parametrize("point", POINTS[:8], ids=lambda point: point.lead)
def test_score_stays_in_its_key_and_ends_at_home(point):
    score = compose(point)

    scale = {(score.tonic + step) % 12 for step in SCALES[score.mode]}
    pitched = [note for note in score.notes if note.instrument != "drums"]
    assert {note.pitch % 12 for note in pitched} <= scale
    melody = [n for n in pitched if n.instrument == point.lead and n.velocity >= 0.6]
    assert max(n for n in melody if n.pitch >= 55).pitch % 12 == score.tonic


@pytest.mark.parametrize("point", POINTS[:8], ids=lambda point: point.lead)
def test_score_has_whole_bars_and_accents_their_first_beat(point):
    score = compose(point)

    assert score.beats % score.beats_per_bar == 0
    basses = [note for note in score.notes if note.pitch < 60 and note.velocity >= 0.9]
    assert {note.onset % score.beats_per_bar for note in basses} == {0}
    assert len({note.onset for note in basses}) == score.beats / score.beats_per_bar


def test_pitch_of_counts_degrees_upwards_from_the_lowest_tonic():
    assert [pitch_of(0, "major", degree, lowest=60) for degree in (0, 2, 4, 7)] == [60, 64, 67, 72]
    assert pitch_of(9, "minor", 2, lowest=60) == 72
    assert pitch_of(0, "major", -1, lowest=60) == 59


@pytest.mark.parametrize("instrument", sorted(set(TIMBRES) - {"bell", "marimba", "drone"}))
def test_instrument_sounds_at_its_pitch(instrument):
    note = Note(0.0, 2.0, 69, 1.0, instrument)
    score = Score((note,), 2, 9, "major", 60.0, 2, 0.5)

    samples = render(score)

    power = np.abs(np.fft.rfft(samples[8_000:24_000] * np.hanning(16_000))) ** 2
    harmonics = [power[440 * n - 6 : 440 * n + 7].sum() for n in range(1, 6)]
    assert sum(harmonics) > 0.8 * power[50:].sum()
    assert harmonics[0] > 0.2 * sum(harmonics)


def test_tempo_decides_when_notes_sound():
    beats = tuple(Note(float(beat), 0.2, 36, 1.0, "drums") for beat in range(4))
    samples = render(Score(beats, 4, 0, "major", 120.0, 4, 0.5))

    starts = [np.abs(samples[round(b * 8_000) : round(b * 8_000) + 800]).max() for b in range(4)]
    assert len(samples) == 32_000
    assert min(starts) > 0.3


def test_excited_music_is_faster_and_brighter():
    calm = compose(replace(POINTS[0], arousal=-0.8))
    excited = compose(replace(POINTS[0], arousal=0.8))

    assert excited.brightness > calm.brightness
    fast = [p.tempo_bpm for p in POINTS if p.arousal > 0.3]
    slow = [p.tempo_bpm for p in POINTS if p.arousal < -0.3]
    assert min(fast) > max(slow)


def test_figures_differ_in_when_the_chord_sounds():
    onsets = {}
    for figure in ("chords", "held", "arpeggio", "run"):
        point = replace(POINTS[0], figure=figure, percussion="none")
        notes = [n for n in compose(point).notes if n.instrument == point.accompaniment]
        upper = [n for n in notes if n.velocity in (0.4, 0.45, 0.5)]
        onsets[figure] = (len({n.onset for n in upper}), len(upper))

    bars = compose(POINTS[0]).beats // POINTS[0].beats_per_bar
    assert onsets["held"] == (bars, 3 * bars)
    later_beats = bars * (POINTS[0].beats_per_bar - 1)
    assert onsets["chords"] == (later_beats, 3 * later_beats)
    assert onsets["arpeggio"] == onsets["run"] == (2 * POINTS[0].beats_per_bar * bars,) * 2


def test_arpeggio_comes_back_and_run_climbs():
    def first_bar(figure):
        point = replace(POINTS[0], figure=figure, percussion="none", beats_per_bar=4)
        notes = [n for n in compose(point).notes if n.instrument == point.accompaniment]
        return [n.pitch for n in sorted(notes) if n.velocity == 0.5 and n.onset < 4]

    rising, climbing = first_bar("arpeggio"), first_bar("run")

    assert rising == rising[::-1]
    assert climbing == sorted(climbing)
    assert len(set(climbing)) > 4


@pytest.mark.parametrize(
    ("percussion", "struck"), [("shaker", 82), ("brushes", 40), ("hand drum", 63)]
)
def test_percussion_is_struck_in_every_bar(percussion, struck):
    score = compose(replace(POINTS[0], percussion=percussion))

    bars = {int(n.onset // score.beats_per_bar) for n in score.notes if n.pitch == struck}
    assert len(bars) == score.beats // score.beats_per_bar


def test_backgrounds_are_heard_below_the_music_and_differ():
    dry = render(replace(compose(POINTS[0]), background=None))
    surrounded = {
        kind: render(replace(compose(POINTS[0]), background=kind))
        for kind in ("birds", "fire", "wind", "crickets", "thunder")
    }

    for samples in surrounded.values():
        # Levels are normalised by peak, so the difference is the background and a small gain.
        share = np.abs(samples - dry).mean() / np.abs(dry).mean()
        assert 0.01 < share < 0.8
    spectra = [np.abs(np.fft.rfft(s - dry))[::50] for s in surrounded.values()]
    likeness = np.corrcoef(spectra)[np.triu_indices(5, 1)]
    assert likeness.max() < 0.95


def test_glad_melodies_lie_higher_and_sound_shorter():
    sad, glad = (compose(replace(POINTS[0], valence=v)) for v in (-0.9, 0.9))

    def melody(score):
        return [n for n in score.notes if n.instrument == POINTS[0].lead and n.velocity >= 0.6]

    assert np.mean([n.pitch for n in melody(glad)]) > np.mean([n.pitch for n in melody(sad)])
    assert sum(n.duration for n in melody(glad)) < sum(n.duration for n in melody(sad))
