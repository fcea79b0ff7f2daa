"""The bundled page as it was installed with the package: what a build puts into a release as `explorer/`."""

from pathlib import Path

from peacetalks.release.page import Page, read_page

_BUNDLE = Path(__file__).with_name("bundle")
MISSING = "the explorer's page is not installed: a checkout makes it by `make page`, which needs Node.js and npm"


def load_page() -> Page:
    """Return the files of the installed page by name; none where the package was installed without it."""
    return read_page(_BUNDLE)
