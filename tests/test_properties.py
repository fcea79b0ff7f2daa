"""What holds of any page, whatever it is made of; properties of one stage alone stand with the tests of that stage."""

import io
import random
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peacetalks.annotate.linking import link_mentions
from peacetalks.capture.charset import read_as_utf8
from peacetalks.capture.inputs import find_files
from peacetalks.capture.text import capture_id, decode
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.segments import tile
from peacetalks.engine.page import process_captures
from peacetalks.engine.work import read_captures
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded
from peacetalks.registry.gazetteer import load_gazetteer

AWKWARD = (
    "e\u0301\u0327\u0308 \u1100\u1161\u11a8 \u200d\u200c\u200b\u202e\u2066\ufeff\u00ad \r\n\x85\u2028\u2029\x0b\x0c "
    "â€™Ã© &amp;&#769; 😀👩\u200d👧 \U0001f1f8\U0001f1fe ك\u064e\u0651ت می\u200cخواهم क\u094d\u200dष ﬁ ① Ⅱ İıſß"
)
_WORDS = (
    "Geneva Astana Sochi talks the second third round of II 2 2016 in on February Monday , . : - ’ “ ” جنيف محادثات "
    "Женева переговоры Friends Syria 😀 e\u0301 \u200d \u202e İ ß \n\n"
)
WORDS = st.sampled_from(_WORDS.split(" "))
SENTENCES = st.lists(WORDS, max_size=25).map(" ".join)
PIECES = st.text(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=120)


@given(SENTENCES, st.sampled_from(["en", "ar", "ru", "fr", "tr"]))
@settings(max_examples=150)
def test_the_offsets_of_mentions_are_in_order_and_cut_no_character(text: str, language: str) -> None:
    """Offsets into a text that was folded to another length, as `casefold` does with ß and İ, miss their words."""
    found = link_mentions(None, text, language=language, published=None, gazetteer=load_gazetteer())
    end = 0
    for mention in found:
        assert end <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.surface
        assert not unicodedata.combining(text[mention.start])
        assert mention.end == len(text) or not unicodedata.combining(text[mention.end])
        data = text.encode("utf-16-le")
        ends = [2 * len(text[:at].encode("utf-16-le")) // 2 for at in (mention.start, mention.end)]
        assert data[ends[0] : ends[1]].decode("utf-16-le") == mention.surface
        end = mention.end


@given(st.lists(PIECES, max_size=6).map("\n".join))
@settings(max_examples=150)
def test_what_is_kept_goes_through_json_and_parquet_and_comes_back(page: str) -> None:
    """A lone surrogate, or a control that one of the two can't hold, would be lost or end in an error."""
    cleans = [segment.clean for segment in label_segments(tile(page))]
    assert msgspec.json.decode(msgspec.json.encode(cleans)) == cleans
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": cleans or [""]}), buffer)
    assert pq.read_table(io.BytesIO(buffer.getvalue()))["text"].to_pylist() == (cleans or [""])


@given(st.lists(PIECES, max_size=4).map("\n".join))
@example("0\x92 {")
@settings(max_examples=150)
def test_a_text_that_was_cleaned_is_clean(page: str) -> None:
    """Repairing that stops after one pass leaves what only the repair has made."""
    once = [segment.clean for segment in label_segments(tile(page)) if segment.label != "blank"]
    again = [segment.clean for segment in label_segments(tile("\n".join(once))) if segment.label != "blank"]
    assert [line for text in again for line in text.split("\n")] == [line for text in once for line in text.split("\n")]
    assert unicodedata.is_normalized("NFC", "\n\n".join(once))


@given(st.lists(PIECES | SENTENCES, max_size=6).map("\n".join))
@example("Talks\u2028in\x1cGeneva\x85 were held&#32;&nbsp;on\u3000Monday, and the envoy spoke of them for an hour.")
@settings(max_examples=150)
def test_the_words_of_an_article_are_those_that_white_space_parts(page: str) -> None:
    """They are counted by the spaces and blank lines between them, which holds for cleaned lines alone."""
    capture = Capture(id="0", source="a", text=page, encoding="utf-8")
    for found in process_captures([capture], {}) if page else ():
        assert isinstance(found, Excluded) or found.article.words == len(found.article.text.split())


@given(
    st.binary(max_size=200) | PIECES.map(lambda text: text.encode()) | PIECES.map(lambda text: text.encode("utf-16")),
    st.sampled_from([None, "utf-8", "latin-1", "gb18030", "utf-16", "shift_jis", "iso-2022-jp", "hz", "idna", "x", ""]),
)
@example(b"\x80", "idna")
@example(b"\xff\\x", "unicode_escape")
@settings(max_examples=400)
def test_any_bytes_are_a_text_or_refused_with_a_reason_whatever_charset_is_stated(
    data: bytes, charset: str | None
) -> None:
    """A codec that is taken at its word raises on bytes that are not its own, or is none of text at all."""
    for read in (decode, lambda found: read_as_utf8(found, charset)):
        try:
            text, encoding = read(data)
        except CaptureError:
            continue
        assert encoding
        as_utf8 = text if isinstance(text, bytes) else text.encode("utf-8")
        assert as_utf8.decode("utf-8").encode("utf-8") == as_utf8
        assert (text, encoding) == read(data)


@given(st.lists(PIECES.filter(str.strip), min_size=1, max_size=6, unique=True), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_ids_are_those_of_the_bytes_and_the_order_of_files_changes_nothing(
    texts: list[str], order: random.Random
) -> None:
    """An id from a counter, or from a path, changes with the folder that a page lies in."""
    pages = {f"{n}.txt": text.encode() for n, text in enumerate(texts)}
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        names = [*pages]
        for folder in (one, other):
            order.shuffle(names)
            for name in names:
                (Path(folder) / name).write_bytes(pages[name])
        first, second = (list(read_captures(find_files([folder]))) for folder in (one, other))
    assert first == second
    kept = [item for item in first if isinstance(item, Capture)]
    assert all(item.id == capture_id(pages[item.source]) for item in kept)
    assert len({item.id for item in kept}) == len(kept)
