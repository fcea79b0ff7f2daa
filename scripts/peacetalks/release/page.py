"""The page of a release: files that show it in a browser, taken over as they are and never made from captures."""

from pathlib import Path

from peacetalks._files import write_atomic

FOLDER = "explorer"  # below a release

Page = dict[str, bytes]  # by file name


def read_page(folder: Path) -> Page:
    """Return the files of a page in a folder; none where there is no such folder.

    A link is no file of it: a release that is passed on must not take along what lies elsewhere on the machine.
    """
    files = [path for path in sorted(folder.glob("*")) if path.is_file() and not path.is_symlink()]
    return {path.name: path.read_bytes() for path in files}


def write_page(folder: Path, page: Page) -> None:
    """Write a page's files into a folder; nothing where there are none."""
    for name, data in sorted(page.items()):
        write_atomic(folder / name, data)
