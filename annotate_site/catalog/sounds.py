"""What a file must be to become a clip, found by decoding all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from annotate_site.core.exceptions import Refused

SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3")
SHORTEST_S = 1.0
LONGEST_S = 15 * 60.0
MOST_BYTES = 400 << 20

# Quieter than this all the way through counts as silent: -80 dB of full scale.
_SILENCE = 1e-4
_MOST_CHANNELS = 8
_SAMPLE_RATES_HZ = (4_000, 192_000)
_BLOCK_FRAMES = 1 << 16
_FORMATS = {"WAV": ".wav", "WAVEX": ".wav", "FLAC": ".flac", "OGG": ".ogg", "MP3": ".mp3"}
# What browsers decode themselves; anything else is stored as FLAC.
_PLAYABLE = {
    ".wav": {"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"},
    ".flac": {"PCM_S8", "PCM_16", "PCM_24"},
    ".ogg": {"VORBIS", "OPUS"},
    ".mp3": {"MPEG_LAYER_III"},
}


class Sound(NamedTuple):
    suffix: str
    """By content, whatever the file is called."""
    duration_s: float
    is_playable: bool
    """Whether browsers play these bytes as they are."""


def checked_sound(path: Path) -> Sound:
    """Decode the file from end to end. Refused names the file and what is wrong with it."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(_("%(name)s is empty") % {"name": path.name})
    if size > MOST_BYTES:
        raise Refused(
            _(
                "%(name)s has %(size)s MiB; at most %(most)s MiB are taken, "
                "so cut or compress it first"
            )
            % {"name": path.name, "size": size >> 20, "most": MOST_BYTES >> 20}
        )
    try:
        # As a stream, so that the name of the file can't choose a decoder.
        with path.open("rb", buffering=0) as stream, soundfile.SoundFile(stream) as sound:
            return _checked(path.name, sound)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError):
        raise Refused(
            _("%(name)s cannot be decoded as sound; expected wav, flac, ogg or mp3")
            % {"name": path.name}
        ) from None


def _checked(name: str, sound: soundfile.SoundFile) -> Sound:
    suffix = _FORMATS.get(sound.format)
    if suffix is None:
        raise Refused(
            _("%(name)s is %(format)s; expected wav, flac, ogg or mp3")
            % {"name": name, "format": sound.format}
        )
    if not _SAMPLE_RATES_HZ[0] <= sound.samplerate <= _SAMPLE_RATES_HZ[1]:
        raise Refused(
            _("%(name)s has %(rate)s samples per second; expected %(least)s to %(most)s")
            % {
                "name": name,
                "rate": sound.samplerate,
                "least": _SAMPLE_RATES_HZ[0],
                "most": _SAMPLE_RATES_HZ[1],
            }
        )
    if sound.channels > _MOST_CHANNELS:
        raise Refused(
            _("%(name)s has %(n)s channels; expected 1 to %(most)s")
            % {"name": name, "n": sound.channels, "most": _MOST_CHANNELS}
        )
    duration_s = _decoded_s(name, sound)
    if duration_s < SHORTEST_S:
        raise Refused(
            _("%(name)s lasts %(s)s s; at least %(least)s s are needed")
            % {"name": name, "s": f"{duration_s:.2f}", "least": f"{SHORTEST_S:g}"}
        )
    return Sound(suffix, duration_s, sound.subtype in _PLAYABLE[suffix])


def _decoded_s(name: str, sound: soundfile.SoundFile) -> float:
    """Seconds of sound that really are there: a header may promise anything."""
    frames, loudest = 0, 0.0
    for block in _blocks(sound):
        peak = float(np.abs(block).max(initial=0.0))
        if not np.isfinite(peak):
            raise Refused(
                _("%(name)s holds values that are no numbers; export it again") % {"name": name}
            )
        frames, loudest = frames + len(block), max(loudest, peak)
        if frames > LONGEST_S * sound.samplerate:
            raise Refused(
                _("%(name)s lasts more than %(n)s minutes; cut it first")
                % {"name": name, "n": f"{LONGEST_S / 60:g}"}
            )
    if frames < 0.95 * sound.frames:
        raise Refused(
            _("%(name)s is cut off: %(there)s s of %(promised)s s are there")
            % {
                "name": name,
                "there": f"{frames / sound.samplerate:.1f}",
                "promised": f"{sound.frames / sound.samplerate:.1f}",
            }
        )
    if frames and loudest < _SILENCE:
        raise Refused(_("%(name)s is silent") % {"name": name})
    return frames / int(sound.samplerate)


def _blocks(sound: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """What is really read: `SoundFile.blocks` fills up what the header promises."""
    while len(block := sound.read(_BLOCK_FRAMES, dtype="float32")):
        yield block


def write_flac(source: Path, target: Path) -> None:
    """Store the sound losslessly, as far as 24 bits go, in a form that browsers play."""
    with source.open("rb", buffering=0) as stream, soundfile.SoundFile(stream) as sound:
        settings = {"samplerate": sound.samplerate, "channels": sound.channels}
        with soundfile.SoundFile(target, "w", format="FLAC", subtype="PCM_24", **settings) as flac:
            for block in _blocks(sound):
                flac.write(block)
