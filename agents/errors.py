"""What can go wrong in a way a person can act on: one sentence, and the exit code that belongs to it."""

from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from pydantic import ValidationError


class GreenlaneError(Exception):
    """Ends a command with one plain line on stderr. Anything else that reaches the surface is a bug."""

    exit_code: ClassVar[int] = 70


class UsageError(GreenlaneError):
    """The command was called in a way it does not allow."""

    exit_code = 2

    @classmethod
    def of(cls, error: "ValidationError") -> Self:
        """What is wrong with a record that a command was to write: the first field, and how."""
        first = error.errors()[0]
        return cls(f"{' '.join(map(str, first['loc']))}: {first['msg']}")


class BadDataError(GreenlaneError):
    """The input could be read but makes no sense."""

    exit_code = 65


class UnreachableError(GreenlaneError):
    """No Kafka broker answers where one was expected."""

    exit_code = 69


class RefusedError(UnreachableError):
    """A Kafka broker answers, but does not serve us: it does not know us, or we may not do this."""


class EnvironmentLacksError(GreenlaneError):
    """Something this machine should have is missing or does not work."""
