"""Groups of commands that cli.py registers, and the consoles that all of them write to."""
