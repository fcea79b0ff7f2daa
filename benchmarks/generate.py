"""Write captures of made-up news pages: `python benchmarks/generate.py FOLDER [--pages 10000] [--form jsonl]`.

The same seed gives the same bytes on every machine, and a page does not depend on how many there are: the first
thousand pages of a run of a million are those of a run of a thousand. `--plan` writes what each page is, so that copies
which were planted can be looked for.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bench.measuring import folder_size
from bench.plan import plan_page
from bench.writing import FORMS, write_captures


def main() -> None:
    """Write the captures, and print how many and how fast."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--form", choices=FORMS, default="jsonl")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plan", action="store_true", help="write plan.csv beside the folder")
    options = parser.parse_args()
    count = options.pages
    began = time.perf_counter()
    write_captures(options.folder, options.form, count, seed=options.seed, workers=options.workers)
    took = time.perf_counter() - began
    print(f"{count:,} pages, {folder_size(options.folder):,} bytes on disk; {count / took:,.0f} pages/s")
    if options.plan:
        with options.folder.with_name(f"{options.folder.name}-plan.csv").open("w", encoding="utf-8") as file:
            file.write("number,kind,story,language,site\n")
            for number in range(options.pages):
                plan = plan_page(options.seed, number)
                file.write(f"{number},{plan.kind},{plan.story},{plan.language},{plan.site}\n")


if __name__ == "__main__":
    main()
