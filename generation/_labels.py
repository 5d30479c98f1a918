"""Fixed lists of instruments, styles and moods, and how they are found in a caption.

A label maps to the other wordings that mean it. Plurals are matched without being listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "accordion": ("concertina", "bandoneon"),
    "acoustic guitar": ("nylon guitar", "classical guitar", "steel guitar", "flamenco guitar"),
    "bagpipe": (),
    "banjo": (),
    "bass guitar": ("e-bass", "electric bass", "bass line", "bassline", "bass"),
    "bell": ("chime", "tubular bell", "church bell", "glockenspiel"),
    "brass": ("brass section", "brass band", "tuba", "trombone"),
    "cello": ("violoncello",),
    "choir": ("chorus", "choral harmony", "choral"),
    "clarinet": ("oboe", "bassoon"),
    "double bass": ("upright bass", "contrabass"),
    "drone": ("didgeridoo", "tanpura"),
    "drums": (
        "drum", "drum kit", "bass drum", "drum machine", "kick", "snare", "hi-hat", "hi hat",
        "hihat",
    ),
    "electric guitar": ("e-guitar", "distorted guitar", "lead guitar", "distortion guitar"),
    "fiddle": (),
    "flute": ("recorder", "pan flute", "bansuri", "ocarina", "whistle"),
    "guitar": ("ukulele",),
    "harmonica": (),
    "harp": ("lyre",),
    "harpsichord": ("clavichord",),
    "horn": ("french horn",),
    "keyboard": (),
    "lute": ("oud", "pipa", "kora", "guzheng", "koto", "bouzouki"),
    "mandolin": (),
    "marimba": ("xylophone", "vibraphone", "kalimba"),
    "orchestra": ("symphony orchestra", "philharmonic orchestra"),
    "organ": ("church organ", "pipe organ", "hammond"),
    "pad": ("synth pad",),
    "percussion": (
        "tambourine", "shaker", "conga", "bongo", "cymbal", "djembe", "timpani", "tabla", "clap",
        "cowbell", "maracas",
    ),
    "piano": ("grand piano", "e-piano", "electric piano", "rhodes"),
    "saxophone": ("sax",),
    "sitar": (),
    "strings": ("string section", "string quartet", "string ensemble", "viola"),
    "synth": ("synthesizer", "synthesiser", "synth lead", "arpeggiator"),
    "synth bass": ("sub bass", "808"),
    "theremin": (),
    "trumpet": ("cornet", "flugelhorn"),
    "turntable": ("scratching",),
    "violin": (),
    "voice": (
        "vocal", "vocalist", "singer", "singing", "rapper", "rapping", "sings", "beatboxing",
        "humming", "vocalisation",
    ),
}  # fmt: skip

STYLES: dict[str, tuple[str, ...]] = {
    "ambient": ("new age", "meditation", "drone music"),
    "baroque": (),
    "blues": ("rhythm and blues", "bluesy"),
    "bossa nova": (),
    "chamber music": ("string quartet",),
    "children's music": ("lullaby", "nursery rhyme", "kids song", "children's song"),
    "cinematic": ("soundtrack", "film score", "movie music", "film music"),
    "classical": ("western classical", "sonata", "concerto", "romantic era"),
    "country": ("bluegrass", "americana", "western song"),
    "dance": ("dance music", "club music", "disco", "eurodance"),
    "desert blues": (),
    "electronic": (
        "edm", "electro", "techno", "trance", "house music", "deep house", "dubstep",
        "drum and bass", "synthwave", "synth pop", "electronica", "electropop", "idm", "hardstyle",
    ),
    "experimental": ("avant-garde", "noise music", "musique concrete"),
    "flamenco": (),
    "folk": ("traditional", "celtic", "irish", "shanty", "singer-songwriter"),
    "funk": ("funky",),
    "gospel": ("christian", "devotional", "hymn", "worship", "spiritual"),
    "hip hop": ("hip-hop", "rap", "trap beat", "trap music", "boom bap", "lo-fi", "lofi"),
    "indian classical": ("raga", "bollywood", "carnatic", "hindustani"),
    "jazz": ("swing", "bebop", "big band", "jazzy", "ragtime"),
    "latin": ("salsa", "samba", "cumbia", "mariachi", "tango", "reggaeton", "mambo"),
    "march": ("military music", "anthem"),
    "metal": ("heavy metal", "death metal", "thrash", "metalcore"),
    "minimalist": ("minimal music", "minimalism"),
    "musical theatre": ("opera", "operatic", "broadway"),
    "orchestral": ("symphonic", "symphony", "epic music"),
    "pop": ("pop song", "k-pop", "j-pop", "boy band", "pop music"),
    "punk": ("hardcore", "pop punk"),
    "r&b": ("rnb",),
    "reggae": ("dub", "ska", "dancehall"),
    "rock": ("hard rock", "alternative rock", "rock and roll", "indie rock", "grunge", "indie"),
    "soul": ("soulful", "motown"),
    "waltz": (),
    "world music": ("afrobeat", "middle eastern", "oriental", "gamelan", "chinese", "arabic"),
}  # fmt: skip

MOODS: dict[str, tuple[str, ...]] = {
    "aggressive": ("violent", "fierce"),
    "angry": ("rage", "furious"),
    "calm": ("calming", "soothing", "gentle", "mellow", "chill", "meditative"),
    "dark": ("sinister", "grim", "menacing"),
    "dramatic": ("intense", "epic", "powerful", "cinematic mood"),
    "dreamy": ("ethereal", "atmospheric", "hypnotic", "trippy", "psychedelic"),
    "energetic": ("exciting", "vigorous", "spirited", "enthusiastic", "uptempo"),
    "euphoric": ("ecstatic", "exhilarating"),
    "frightening": ("scary", "spooky", "creepy", "horror", "terrifying"),
    "gloomy": ("bleak", "depressing", "dreary"),
    "happy": ("cheerful", "positive", "upbeat", "feel-good", "uplifting", "fun", "sunny"),
    "joyful": ("joyous", "jubilant", "festive", "celebratory", "buoyant", "merry"),
    "lively": ("vibrant", "animated", "vivacious", "bouncy", "peppy", "groovy"),
    "lonely": ("solitary", "isolated"),
    "melancholic": ("melancholy", "melancholia", "wistful", "pensive", "bittersweet"),
    "mournful": ("grieving", "funereal", "lamenting"),
    "mysterious": ("mystical", "enigmatic", "eerie", "haunting"),
    "neutral": (),
    "nostalgic": ("sentimental", "longing", "yearning"),
    "ominous": ("foreboding", "threatening"),
    "peaceful": ("tranquil",),
    "playful": ("funny", "whimsical", "humorous", "quirky"),
    "relaxed": ("relaxing", "easygoing", "laid-back", "laid back"),
    "romantic": ("sensual", "love song", "passionate"),
    "sad": ("sorrowful", "heartbreaking", "tragic", "poignant"),
    "serene": (),
    "solemn": ("serious", "reverent", "religious"),
    "tender": ("heartfelt", "delicate", "intimate"),
    "tense": ("suspenseful", "suspense", "nervous", "chaotic"),
    "triumphant": ("victorious", "heroic", "inspiring", "motivational"),
}  # fmt: skip

# "no drums", "without any vocals", "there are no other instruments"
_NEGATION = re.compile(r"\b(?:no|not|without|non)[ -](?:(?:a|an|any|other)\s)?$", re.IGNORECASE)


class Mention(NamedTuple):
    """A label and the words of the caption that name it."""

    label: str
    evidence: str


def mentions(caption: str, labels: Mapping[str, tuple[str, ...]]) -> list[Mention]:
    """Labels in the order in which whole words of `caption` name them, each label once.

    Where wordings overlap, the longest wins ("bass" is not found in "double bass"). A wording
    that follows "no" or "without" does not count.
    """
    pattern, meaning = _pattern(tuple((label, *names) for label, names in labels.items()))
    found: dict[str, Mention] = {}
    for match in pattern.finditer(caption):
        if not _NEGATION.search(caption[: match.start()]):
            label = meaning[match["name"].lower()]
            found.setdefault(label, Mention(label, match[0]))
    return list(found.values())


@cache
def _pattern(wordings: tuple[tuple[str, ...], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """One alternation of all wordings, longest first, and what each of them means."""
    meaning = {name: label for label, *names in reversed(wordings) for name in (*names, label)}
    names = _longest_first(meaning)
    return re.compile(rf"(?<![\w-])(?P<name>{names})(?:e?s)?(?![\w-])", re.IGNORECASE), meaning


def _longest_first(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=lambda n: (-len(n), n)))
