"""The two ways a command ends badly, as exceptions."""


class BadInput(Exception):
    """The caller gave something unusable: one sentence with value, expectation and way out.

    Commands turn it into exit code 2.
    """


class RunFailed(Exception):
    """The work itself went wrong although the input was acceptable. Commands exit with 1."""


class RunInterrupted(Exception):
    """Somebody asked the run to stop; what was reached is saved. Commands exit with 1."""
