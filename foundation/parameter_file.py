"""YAML text to plain values, and what a schema says of them in one line of bounded length.

The parser is the one that DVC reads params.yaml with: YAML 1.2, in which ``on`` is a text, ``1e-3`` a number, ``010``
is ten, and a key given twice is a mistake.
"""

import reprlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

MAX_BYTES = 100_000
MAX_PROBLEMS = 5  # of a file with more mistakes the first are named
MAX_KEY, MAX_VALUE, MAX_MESSAGE = 80, 120, 300  # characters


class ParameterError(ValueError):
    """A value in params.yaml breaks a rule; the message names file, key, value and rule in one line."""


def read_yaml(path: Path | str) -> Any:
    """Return the parsed document of a YAML file.

    Raises:
        ParameterError: if the file cannot be read, is too long, or is not YAML; one line.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ParameterError(f"{path}: expected at most {MAX_BYTES} bytes, got {len(content)}")
    try:
        return YAML(typ="safe", pure=True).load(content.decode("utf-8-sig"))  # libyaml's recursion has no limit
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: cannot be read: expected UTF-8, got: {error.reason}") from error
    except (YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:  # of a date, a tag, 5,000 digits
        raise ParameterError(f"{path}: is not valid YAML: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"{clipped(error.problem, MAX_MESSAGE)} in line {error.problem_mark.line + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else clipped(error, MAX_MESSAGE)


def clipped(value: object, length: int) -> str:
    r"""Return a text in one line that is at most so many characters long.

    >>> clipped("a\nb" + 100 * "c", 8)
    'a bcccc…'
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def shortened(value: object) -> str:
    """Return what a value looks like, in one line of bounded length.

    >>> shortened(["8", *range(100)])
    "['8', 0, 1, 2, 3, 4, ...]"
    """
    try:
        return clipped(reprlib.repr(value), MAX_VALUE)
    except ValueError:  # Python writes no integer of thousands of digits
        return "a number of thousands of digits"


def described(error: ValidationError) -> str:
    """Return the broken rules in one line, each with key, rule and value; of many the first."""
    problems = error.errors(include_url=False, include_context=False)
    more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
    return "; ".join([*map(_described, problems[:MAX_PROBLEMS]), *more])


def _described(problem: Any) -> str:
    key = clipped(".".join(map(str, problem["loc"])), MAX_KEY)
    message = clipped(problem["msg"].removeprefix("Value error, "), MAX_MESSAGE)
    if not key or ", got " in message:
        return f"{key}: {message}" if key and key not in message else message
    match problem["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key"
        case "missing":
            return f"{key}: missing"
    return f"{key}: {message[0].lower()}{message[1:]}, got {shortened(problem['input'])}"
