"""Captures of news pages made for benchmarks, and the measuring of what is done with them."""
