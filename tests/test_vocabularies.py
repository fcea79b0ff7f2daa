import shutil
from pathlib import Path

import pytest
from babel import Locale

from conftest import ROOT
from peacetalks.annotate.outlet_names import outlet_names
from peacetalks.errors import VocabularyError
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.registry.reasons import load_reasons
from peacetalks.registry.rights import load_rights

ENGLISH = Locale("en")
OUTLETS = load_outlets()


@pytest.mark.parametrize("table", ["outlets", "agencies"])
def test_country_and_language_codes_are_valid(table: str) -> None:
    for entry in getattr(OUTLETS, table).values():
        assert entry.country is None or entry.country in ENGLISH.territories, entry.id
        assert all(tag.split("-")[0] in ENGLISH.languages for tag in entry.languages), entry.id


def test_the_outlets_that_covered_the_talks_are_known() -> None:
    assert len(OUTLETS.outlets) >= 250
    assert len(OUTLETS.agencies) >= 50


def test_names_and_marks_say_something() -> None:
    for entry in OUTLETS.entries:
        assert all(len(name.strip()) > 1 or not name.isascii() for name in entry.all_names), entry.id
        assert all(tag.split("-")[0] in ENGLISH.languages for tag in entry.names), entry.id
        assert all(len(mark.text) > 2 for mark in entry.marks), entry.id


def test_every_outlet_is_known_by_its_name_and_by_its_hosts() -> None:
    names = outlet_names(OUTLETS)
    for entry in OUTLETS.entries:
        found = names.named(entry.name, (entry.languages or [None])[0])
        assert found is None or found.outlet.id == entry.id, entry.id
        owners = [names.host_owner(f"www.{host}") for host in entry.hosts]
        assert all(owner is not None and owner.id == entry.id for owner in owners), entry.id


def test_the_countries_of_events_are_valid() -> None:
    assert all(e.country is None or e.country in ENGLISH.territories for e in load_gazetteer().events.values())


def test_every_reason_says_what_it_means() -> None:
    assert all(len(reason.meaning) > 20 for reason in load_reasons().values())


def test_the_terms_of_every_outlet_are_in_the_closed_list() -> None:
    assert {entry.rights for entry in OUTLETS.entries} | {"unknown"} <= load_rights().keys()


def write(tmp_path: Path, name: str, text: str) -> Path:
    (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / name


EVENT = """
[[series]]
id = "s"
name = "S"
[[event]]
id = "a"
series = "s"
kind = "summit"
status = "held"
name = "A"
start = 2014-01-22
end = 2014-01-23
start_confidence = "high"
end_confidence = "high"
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EVENT.replace('series = "s"', 'series = "t"'), r"gazetteer\.toml: event 'a': series 't' is no series"),
        (EVENT.replace("end = 2014-01-23", "end = 2014-01-21"), "event 'a': ends on 2014-01-21, before it starts"),
        (EVENT.replace('"summit"', '"party"'), "event 'a': Invalid enum value 'party'"),
        (EVENT + 'part_of = "b"\n', "event 'a': part_of 'b' is no event"),
        (EVENT + 'colour = "red"\n', "event 'a': Object contains unknown field `colour`"),
        (EVENT + EVENT.split("[[event]]")[0], "series 's' appears twice; ids are unique"),
        ("[[events]]\n", "unknown table 'events'"),
        ("[[event]\n", "not valid TOML"),
    ],
)
def test_a_broken_gazetteer_stops_with_file_entry_and_rule(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        load_gazetteer(write(tmp_path, "gazetteer.toml", text))


def test_a_missing_vocabulary_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"nowhere\.toml: no such vocabulary file"):
        load_reasons(tmp_path / "nowhere.toml")


def test_a_host_has_one_owner(tmp_path: Path) -> None:
    for name in ("outlets.toml", "agencies.toml"):
        shutil.copy(ROOT / "schema" / name, tmp_path / name)
    with (tmp_path / "outlets.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[outlet]]\nid = "another"\nname = "Another"\nkind = "daily"\nhosts = ["reuters.com"]\n')
    with pytest.raises(VocabularyError, match=r"host 'reuters\.com' of 'reuters' is already that of 'another'"):
        load_outlets(tmp_path)
