"""Run the command line as `python -m peacetalks`."""

from peacetalks.cli import main

if __name__ == "__main__":
    main()
