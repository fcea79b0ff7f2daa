"""Build, check and read the peacetalks corpus: annotated news on the Syrian peace process."""

from importlib.metadata import version

__version__ = version("peacetalks")
