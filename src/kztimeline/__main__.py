"""``python -m kztimeline`` is the command."""

from kztimeline.cli import main

if __name__ == "__main__":
    main()
