"""Fuzz one target: `python -m fuzz TARGET` from tests/, for FUZZ_SECONDS seconds.

What breaks it is kept in build/fuzz/; move it to tests/fuzz/corpus/TARGET, where tests/test_fuzz.py runs it for good.
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["peacetalks"]):
    from fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent.parent


def main(name: str) -> None:
    """Fuzz the target of that name."""
    found = ROOT / "build" / "fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    limits = ["-timeout=20", "-rss_limit_mb=3000", "-max_len=20000"]  # seconds and megabytes of one input, its bytes
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    options = [*limits, f"-max_total_time={seconds}", f"-artifact_prefix={found}/broken-", "-print_final_stats=1"]
    corpus = Path(__file__).parent / "corpus" / name
    for path in corpus.iterdir():  # what is loaded once is no part of the time, and no slow input
        TARGETS[name](path.read_bytes())
    atheris.Setup([sys.argv[0], *options, str(found), str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1])
