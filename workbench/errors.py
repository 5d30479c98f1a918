"""The two ways a command ends badly, as exceptions."""

from pydantic import ValidationError


class BadInput(Exception):
    """The caller gave something unusable: one sentence with value, expectation and way out.

    Commands turn it into exit code 2.
    """


class RunFailed(Exception):
    """The work itself went wrong although the input was acceptable. Commands exit with 1."""


class RunInterrupted(Exception):
    """Somebody asked the run to stop; what was reached is saved. Commands exit with 1."""


def first_problem(error: ValidationError, *, whole: str = "it") -> str:
    """The first thing that pydantic found wrong, as one sentence naming field and value.

    `whole` names what was checked, for a problem that no single field has.
    """
    problem = error.errors()[0]
    name = ".".join(str(part) for part in problem["loc"]) or whole
    if problem["type"] == "missing":
        return f"{name} is missing"
    return f"{name} = {problem.get('input')!r} will not do: {problem['msg']}"
