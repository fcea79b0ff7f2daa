"""Guess bytes that break the readers, led by the code that they reach."""
