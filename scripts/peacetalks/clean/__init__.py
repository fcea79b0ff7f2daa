"""Repair the encoding of a capture and say of each of its lines what it is."""
