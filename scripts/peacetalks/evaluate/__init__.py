"""Score annotations against gold."""
