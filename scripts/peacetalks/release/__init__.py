"""Write, describe and check an immutable release of the corpus."""
