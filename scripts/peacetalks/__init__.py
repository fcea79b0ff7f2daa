"""Build, check and read the peacetalks corpus: annotated news on the Syrian peace process."""

__version__ = "2.0.3"
