"""Lets `python -m nbwebhook` be the command line."""

from nbwebhook.cli import main

if __name__ == "__main__":
    main()
