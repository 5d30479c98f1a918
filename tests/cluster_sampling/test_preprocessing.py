import math
import struct
import zlib

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from cluster_sampling.imagebind_config import AudioSizes, ImageSizes
from cluster_sampling.preprocessing import (
    load_audio_windows,
    load_image,
    log_mel,
    prepare_images,
)
from tests.cluster_sampling.media import write_picture, write_tone
from workbench.errors import BadInput

OFFICIAL = AudioSizes()
PICTURE = ImageSizes(size_px=28)


def mel(hertz):
    return 1127 * math.log(1 + hertz / 700)


def kaldi_frame(samples, number):
    """One log-mel frame written out, sample by sample and bin by bin, as Kaldi describes it."""
    samples = samples.astype(np.float64) - samples.astype(np.float64).mean()
    frame = samples[160 * number : 160 * number + 400]
    frame = frame - frame.mean()
    emphasised = [frame[0] - 0.97 * frame[0]]
    emphasised += [frame[i] - 0.97 * frame[i - 1] for i in range(1, 400)]
    windowed = [
        value * (0.5 - 0.5 * math.cos(2 * math.pi * i / 399)) for i, value in enumerate(emphasised)
    ]
    power = np.abs(np.fft.rfft(windowed, n=512)) ** 2
    step = (mel(8000) - mel(20)) / 129
    energies = []
    for band in range(128):
        left, centre, right = (mel(20) + (band + i) * step for i in range(3))
        weights = [
            max(0.0, min((mel(31.25 * b) - left) / step, (right - mel(31.25 * b)) / step))
            for b in range(256)
        ]
        assert centre - left == pytest.approx(step)
        energies.append(math.log(max(float(np.dot(weights, power[:256])), np.finfo("f4").eps)))
    return energies


def test_log_mel_equals_kaldis_description():
    samples = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)

    ours = log_mel(samples, OFFICIAL)

    assert (ours.shape, ours.dtype) == ((128, 204), np.float32)
    for number in (0, 101, 197):
        np.testing.assert_allclose(ours[:, number], kaldi_frame(samples, number), atol=2e-3)
    assert not ours[:, 198:].any()


def test_log_mel_of_a_tone_peaks_at_its_frequency():
    time = np.arange(32_000) / 16_000

    energies = log_mel(0.5 * np.sin(2 * np.pi * 1000 * time).astype(np.float32), OFFICIAL)

    step = (mel(8000) - mel(20)) / 129
    centre = (mel(1000) - mel(20)) / step - 1
    assert abs(energies[:, 50].argmax() - centre) <= 1


def test_audio_windows_lie_at_the_start_middle_and_end(tmp_path):
    rate_hz = 16_000
    tones = [
        np.sin(2 * np.pi * hertz * np.arange(2 * rate_hz) / rate_hz) for hertz in (300, 1000, 4000)
    ]
    soundfile.write(tmp_path / "three.wav", 0.3 * np.concatenate(tones), rate_hz)

    windows = load_audio_windows(tmp_path / "three.wav", OFFICIAL)

    assert windows.shape == (3, 1, 128, 204)
    assert windows.dtype == torch.float32
    loudest = windows[:, 0, :, 100].argmax(dim=1)
    assert loudest.tolist() == sorted(loudest.tolist())
    assert len(set(loudest.tolist())) == 3


def test_audio_is_normalised_by_the_official_numbers(tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000), 16_000)

    windows = load_audio_windows(tmp_path / "silence.wav", OFFICIAL)

    quiet = (math.log(np.finfo(np.float32).eps) + 4.268) / 9.138
    assert windows[:, :, :, :198].unique().tolist() == [pytest.approx(quiet)]
    assert windows[:, :, :, 198:].unique().tolist() == [pytest.approx(4.268 / 9.138)]


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_audio_reads_other_formats_and_rates_alike(tmp_path, suffix):
    wav = write_tone(tmp_path / "tone.wav", 440, seconds=3)
    other = write_tone(tmp_path / f"tone.{suffix}", 440, seconds=3, rate_hz=44_100)

    difference = load_audio_windows(wav, OFFICIAL) - load_audio_windows(other, OFFICIAL)

    loud = slice(10, 24)
    assert difference[1, 0, loud, 20:180].abs().mean() < 0.05


def test_stereo_is_mixed(tmp_path):
    left, right = np.random.default_rng(0).normal(0, 0.1, (2, 32_000))
    soundfile.write(tmp_path / "both.wav", np.stack([left, right], axis=1), 16_000, "FLOAT")
    soundfile.write(tmp_path / "mean.wav", (left + right) / 2, 16_000, "FLOAT")

    both, mean = (load_audio_windows(tmp_path / f"{n}.wav", OFFICIAL) for n in ("both", "mean"))

    torch.testing.assert_close(both, mean, atol=1e-4, rtol=0)


def test_long_recording_costs_no_more_than_its_windows(tmp_path, monkeypatch):
    write_tone(tmp_path / "long.wav", 440, seconds=600, rate_hz=8000)
    counted = []
    original = soundfile.SoundFile.read

    def counting(self, frames, **kwargs):
        counted.append(frames)
        return original(self, frames, **kwargs)

    monkeypatch.setattr(soundfile.SoundFile, "read", counting)
    load_audio_windows(tmp_path / "long.wav", OFFICIAL)

    assert counted == [16_000] * 3


def broken_audio(tmp_path):
    (tmp_path / "text.mp3").write_text("this is no music")
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "no-samples.wav", np.zeros(0), 16_000)
    soundfile.write(tmp_path / "short.wav", np.zeros(399), 16_000)
    soundfile.write(tmp_path / "nan.wav", np.full(16_000, np.nan), 16_000, "FLOAT")
    (tmp_path / "folder.wav").mkdir()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text.mp3", "cannot be read as audio"),
        ("empty.wav", "cannot be read as audio"),
        ("no-samples.wav", "shorter than 25 ms"),
        ("short.wav", "shorter than 25 ms"),
        ("nan.wav", "not finite"),
        ("folder.wav", "cannot be read as audio"),
        ("missing.wav", "does not exist"),
    ],
)
def test_unusable_audio_is_named(tmp_path, name, message):
    broken_audio(tmp_path)

    with pytest.raises(BadInput, match=message) as raised:
        load_audio_windows(tmp_path / name, OFFICIAL)
    assert str(tmp_path / name) in str(raised.value)


def test_picture_of_the_right_size_is_only_normalised(tmp_path):
    path = write_picture(tmp_path / "a.png", seed=0, width=28, height=28)
    values = np.array(Image.open(path)).astype(np.float32) / 255

    loaded = load_image(path, PICTURE)

    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    np.testing.assert_allclose(loaded, ((values - mean) / std).transpose(2, 0, 1), atol=1e-5)


@pytest.mark.parametrize(("width", "height"), [(28, 28), (96, 96), (20, 20), (100, 60), (61, 90)])
def test_tensors_are_prepared_like_files(tmp_path, width, height):
    path = tmp_path / "a.png"
    low = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(low).resize((width, height), Image.Resampling.BICUBIC).save(path)
    tensor = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None] / 255

    prepared = prepare_images(tensor, PICTURE)[0]

    # An oblong picture may be cut half a pixel aside.
    # Pillow rounds to grey levels twice, once in each direction.
    tolerance = 3 / 255 / 0.26 if width == height else 0.25
    assert (prepared - load_image(path, PICTURE)).abs().max() < tolerance


def test_preparing_passes_gradients_on():
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.6 + 0.2
    images.requires_grad_()

    prepare_images(images, PICTURE).sum().backward()

    assert images.grad is not None
    # Bicubic weights of a target pixel add up to 1: the sum loses nothing but the scale.
    expected = 3 * 28**2 / 3 * (1 / 0.26862954 + 1 / 0.26130258 + 1 / 0.27577711)
    assert images.grad.sum().item() == pytest.approx(expected, rel=1e-3)


def test_tensors_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(n, 3, h, w\), not \(3, 28, 28\)"):
        prepare_images(torch.zeros(3, 28, 28), PICTURE)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_pictures_of_every_mode_are_read(tmp_path, mode):
    image = Image.new("RGB", (50, 40), (200, 30, 60)).convert(mode)
    image.save(tmp_path / f"a.{'tif' if mode == 'CMYK' else 'png'}")

    assert load_image(image, PICTURE).shape == (3, 28, 28)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1)])
def test_extreme_shapes_stay_small(size):
    assert load_image(Image.new("RGB", size), PICTURE).shape == (3, 28, 28)


def png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk
    return start + struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 1000) + b"IDAT"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a picture"),
        (b"no picture", "cannot be read as a picture"),
        (png_header(40, 40), "cannot be read as a picture"),
        (png_header(12_000, 12_000), "more pixels than a picture should"),
        (png_header(60_000, 60_000), "more pixels than a picture should"),
    ],
)
def test_unusable_pictures_are_named(tmp_path, content, message):
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises(BadInput, match=message) as raised:
        load_image(tmp_path / "a.png", PICTURE)
    assert str(tmp_path / "a.png") in str(raised.value)


def test_truncated_and_missing_pictures_are_refused(tmp_path):
    whole = write_picture(tmp_path / "a.png", seed=0).read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadInput, match="cannot be read as a picture"):
        load_image(tmp_path / "a.png", PICTURE)
    with pytest.raises(BadInput, match="does not exist"):
        load_image(tmp_path / "b.png", PICTURE)
