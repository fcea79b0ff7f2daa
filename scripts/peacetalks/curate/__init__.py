"""Decide what belongs into the corpus, what is a copy of what, and which split it goes to."""
