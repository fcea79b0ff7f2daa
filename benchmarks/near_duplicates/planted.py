"""Measure precision and recall on planted copies: `python benchmarks/near_duplicates/planted.py [PAGES]`.

Stories are the bodies of benchmarks/chrome/captures.jsonl of 80 words or more and, where PAGES is given, those of real
pages (JSON files with a `body` of summary and sections). Each is planted once as it is and once for each change that
outlets make. All stand in one pool, translations of one story among them, so that any two stories are a chance to err.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from peacetalks.curate.near_duplicates import cluster_texts

_CAPTURES = Path(__file__).parent.parent / "chrome" / "captures.jsonl"
_LEAST = 80
# What agencies put under many stories: words that different stories share, and that make no copies of them.
_BACKGROUND = (
    "The conflict began in 2011 with protests that were put down by force. Hundreds of thousands of people have been "
    "killed since, and about half of the population has had to leave home, according to the United Nations."
)
_CHROME = "Skip to content Menu Search Sign in Newsletters Latest news Most read Video Podcasts Weather"
_FOOT = "Share this article Read more Related stories Terms of use Privacy Cookies Contact us All rights reserved"

Words = list[str]
Change = Callable[[Words, random.Random], Words]


def stories(pages: Path | None) -> dict[str, Words]:
    """Return the words of each story by name."""
    found = dict(_own())
    for path in sorted(pages.rglob("*.json")) if pages else ():
        for name, page in json.loads(path.read_text("utf-8")).items():
            found[f"{path.parent.name}/{path.stem}/{name}"] = _body(page.get("body")).split()
    return {name: words for name, words in found.items() if len(words) >= _LEAST}


def _own() -> Iterator[tuple[str, Words]]:
    for line in _CAPTURES.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["id"], " ".join(part["raw"] for part in row["segments"] if part["label"] == "body").split()


def _body(body: object) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return " ".join(_body(part) for part in body.values())
    return " ".join(_body(part) for part in body) if isinstance(body, list) else ""


def _paragraphs(words: Words) -> list[Words]:
    return [words[i : i + 40] for i in range(0, len(words), 40)]


def _reorder(words: Words, chooser: random.Random) -> Words:
    return [word for part in chooser.sample(_paragraphs(words), len(_paragraphs(words))) for word in part]


def _cut(words: Words, chooser: random.Random) -> Words:
    return words[: max(40, int(len(words) * chooser.uniform(0.2, 0.7)))]


def _middle(words: Words, chooser: random.Random) -> Words:
    start = int(len(words) * chooser.uniform(0.1, 0.4))
    return words[start : start + max(40, int(len(words) * 0.4))]


def _edit(words: Words, chooser: random.Random) -> Words:
    return [chooser.choice(words) if chooser.random() < 0.03 else word for word in words]


def _retitle(words: Words, chooser: random.Random) -> Words:
    return [*chooser.choices(words, k=12), *words[min(12, len(words) // 8) :]]


CHANGES: dict[str, Change] = {
    "cut at the end": _cut,
    "cut at both ends": _middle,
    "paragraphs reordered": _reorder,
    "another headline": _retitle,
    "another site's chrome": lambda words, _: [*_CHROME.split(), *words, *_FOOT.split()],
    "3 % of words edited": _edit,
    "cut and edited": lambda words, chooser: _edit(_cut(words, chooser), chooser),
}


def main() -> None:
    """Print a row a change, and the precision over all pairs."""
    texts: dict[str, str] = {}
    found = stories(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    for n, (name, words) in enumerate(found.items()):
        for change, apply in {"as it is": lambda words, _: words, **CHANGES}.items():
            changed = apply(words, random.Random(f"{name} {change}"))  # noqa: S311  test texts, not secrets
            texts[f"{name} | {change}"] = " ".join(changed) + (f"\n\n{_BACKGROUND}" if n % 2 else "")
    clusters = cluster_texts(texts.items())
    of = {member: n for n, members in enumerate(clusters) for member in members}
    print("| change | planted | found | recall |\n|---|---|---|---|")
    for change in CHANGES:
        hits = sum(of[f"{name} | as it is"] == of[f"{name} | {change}"] for name in found)
        print(f"| {change} | {len(found)} | {hits} | {hits / len(found):.3f} |")
    pairs = [pair for members in clusters for pair in combinations(members, 2)]
    wrong = [pair for pair in pairs if len({member.partition(" | ")[0] for member in pair}) > 1]
    planted = len(found) * (len(CHANGES) + 1) * len(CHANGES) // 2
    print(f"\n{len(found)} stories, {len(texts)} texts, {planted} pairs planted")
    print(f"pairs joined {len(pairs)}, of them wrong {len(wrong)}")
    print(f"precision {1 - len(wrong) / len(pairs):.4f}, recall {(len(pairs) - len(wrong)) / planted:.4f}")
    for pair in sorted({tuple(sorted(member.partition(" | ")[0] for member in pair)) for pair in wrong})[:10]:
        print("joined:", *pair)


if __name__ == "__main__":
    main()
