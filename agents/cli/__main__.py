"""`python -m agents.cli`, for programs that start greenlane from the interpreter they run in."""

from agents.cli import main

main()
