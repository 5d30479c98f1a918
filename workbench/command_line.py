"""Manners that all commands share: exit codes, one-sentence errors, options from settings."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined
from rich.console import Console

from workbench.errors import BadInput, RunFailed, RunInterrupted, first_problem
from workbench.files import read_json

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2

Command = Callable[..., None]


def courteous(command: Command) -> Command:
    """Turn our exceptions into one sentence on stderr and the exit codes 1 and 2."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except BadInput as error:
            _say_error(str(error))
            raise typer.Exit(EXIT_BAD_INPUT) from None
        except (RunFailed, RunInterrupted) as error:
            _say_error(str(error))
            raise typer.Exit(EXIT_FAILED) from None

    return wrapped


def with_settings(model: type[BaseModel]) -> Callable[[Command], Command]:
    """Give a command one option per field of `model`, and `--config FILE` to read them from JSON.

    The command receives them as its keyword argument `settings`. An option on the command line
    wins over the file, the file over the default.
    """

    def decorate(command: Command) -> Command:
        own = [p for p in inspect.signature(command).parameters.values() if p.name != "settings"]
        hints = inspect.get_annotations(command, eval_str=True)
        own = [p.replace(annotation=hints[p.name]) for p in own]
        extra = [_config_parameter(), *_field_parameters(model)]

        @functools.wraps(command)
        def wrapped(**values: Any) -> None:
            config = values.pop("config")
            given = {name: values.pop(name) for name in model.model_fields}
            command(settings=resolved_settings(model, config, given), **values)

        # The real signature is what typer must see, not the wrapped function's.
        del wrapped.__wrapped__
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in [*own, *extra]]
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapped

    return decorate


def resolved_settings(
    model: type[BaseModel], config: Path | None, given: dict[str, Any]
) -> BaseModel:
    """Merge a JSON file and explicit values into `model`. Raises BadInput naming the bad field."""
    values = read_json(config) if config else {}
    if not isinstance(values, dict):
        raise BadInput(f"{config} must hold a JSON object of settings")
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadInput(_first_bad_option(error)) from None


def is_first_process() -> bool:
    """Whether this process talks: of those that torchrun or accelerate started, one does."""
    return os.environ.get("RANK", "0") == "0"


def print_json(content: Any) -> None:
    """Machine-readable result on stdout, and nothing else there."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def quieten_libraries() -> None:
    """Keep the model libraries' chatter off stderr, where our progress bars live.

    Call it before they are imported: they set their own levels then, from the environment.
    """
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for name in ("diffusers", "transformers", "datasets", "trl", "accelerate", "peft"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _config_parameter() -> inspect.Parameter:
    option = typer.Option("--config", help="JSON file with any of the settings below.")
    return _parameter("config", Annotated[Optional[Path], option])  # noqa: UP045 typer reads it


def _field_parameters(model: type[BaseModel]) -> list[inspect.Parameter]:
    parameters = []
    for name, field in model.model_fields.items():
        required = field.default is PydanticUndefined and field.default_factory is None
        default = field.get_default(call_default_factory=True)
        shown = "required" if required else False if default is None else str(default)
        names = [f"-{name}", f"--{name}"] if len(name) == 1 else []
        option = typer.Option(*names, help=field.description, show_default=shown)
        kind = field.annotation
        parameters.append(_parameter(name, Annotated[Optional[kind], option]))  # noqa: UP045
    return parameters


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _first_bad_option(error: ValidationError) -> str:
    problem = error.errors()[0]
    if problem["type"] == "missing":
        option = str(problem["loc"][0])
        return f"{option} is required; give --{option.replace('_', '-')} or set it in --config"
    return first_problem(error, whole="settings")


def _say_error(message: str) -> None:
    if not is_first_process():
        return  # What ends a run ends all of its processes, and the first one says why.
    Console(stderr=True, soft_wrap=True).print(f"error: {message}", style="red", markup=False)
