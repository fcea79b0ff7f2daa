"""What other ways of cleaning make of the same captures: which of the lines each keeps."""

import html
import re
from collections.abc import Callable

import justext
import trafilatura
from render import Capture

# The languages that jusText ships stop words of, by their codes.
_STOPLISTS = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hu": "Hungarian",
    "it": "Italian",
    "nl": "Dutch",
    "no": "Norwegian_Bokmal",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
}
_ENDS = re.compile(r"[.!?\"”؟。۔]\s*$")


def keep_all(capture: Capture) -> list[bool]:
    """Keep every line."""
    return [True] * len(capture.lines)


def keep_sentences(capture: Capture) -> list[bool]:
    """Keep lines of five words that end like a sentence: the line rule of C4 (Raffel et al. 2020, section 2.2)."""
    return [len(line.split()) >= 5 and _ENDS.search(line) is not None for line in capture.lines]


def keep_by_justext(capture: Capture) -> list[bool]:
    """Keep the paragraphs that jusText calls good, with the stop words of the page's language where it has them."""
    name = _STOPLISTS.get(capture.language)
    if name in justext.get_stoplists():
        paragraphs = justext.justext(_as_markup(capture), justext.get_stoplist(name))
    else:
        paragraphs = justext.justext(_as_markup(capture), frozenset(), stopwords_low=0, stopwords_high=0)
    return _kept(capture, [paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate])


def keep_by_trafilatura(capture: Capture) -> list[bool]:
    """Keep what trafilatura extracts."""
    text = trafilatura.extract(_as_markup(capture), include_comments=False, include_tables=True) or ""
    return _kept(capture, text.splitlines())


RIVALS: dict[str, Callable[[Capture], list[bool]]] = {
    "the whole page": keep_all,
    "C4's line rule": keep_sentences,
    "jusText": keep_by_justext,
    "trafilatura": keep_by_trafilatura,
}


def _as_markup(capture: Capture) -> str:
    body = "".join(f"<p>{html.escape(line)}</p>\n" for line in capture.lines)
    return f"<html><head><title></title></head><body>{body}</body></html>"


def _kept(capture: Capture, texts: list[str]) -> list[bool]:
    kept = {_key(text) for text in texts}
    return [_key(line) in kept for line in capture.lines]


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text)
