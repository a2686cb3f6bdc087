"""YAML text to plain values without surprises, and what a schema says of them in one line of bounded length.

What is read is YAML 1.2 as DVC reads it (``on`` is a text, ``1e-3`` a number, ``010`` is ten). What a person can
hardly mean is refused: a key given twice, aliases, tags, more nesting than any parameter has.
"""

import re
import reprlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError

MAX_BYTES = 100_000
MAX_DEPTH = 20
MAX_BITS = 63  # of an integer
MAX_PROBLEMS = 5  # of a file with more mistakes the first are named
MAX_KEY, MAX_MESSAGE = 80, 300  # characters


class ParameterError(ValueError):
    """A value in params.yaml breaks a rule; the message names file, key, value and rule in one line."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]  # the class's own, not YAML 1.1's

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        result: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.YAMLError(f"expected a text as key, got {shortened(key)} {_place(key_node)}")
            if key in result:
                raise yaml.YAMLError(f"expected each key once, got {clipped(key)!r} again {_place(key_node)}")
            result[key] = self.construct_object(value_node, deep=deep)
        return result


def _place(marked: Any) -> str:
    return f"in line {marked.start_mark.line + 1}"


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    value = int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    if value.bit_length() > MAX_BITS:
        raise yaml.YAMLError(f"expected integers below 2**{MAX_BITS}, got {shortened(value)} {_place(node)}")
    return value


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(re.sub(r"\.(inf|nan)$", r"\1", str(loader.construct_scalar(node)).lower()))


_SCALARS = {  # YAML 1.2, section 10.3.2
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}
for _name, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), None)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def read_yaml(path: Path | str) -> Any:
    """Return the parsed document of a YAML file.

    Raises:
        ParameterError: if the file cannot be read, is too long, or is not YAML of the accepted kind; one line.
    """
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ParameterError(f"{path}: expected at most {MAX_BYTES} bytes, got more")
    try:
        text = content.decode("utf-8-sig")
        _check_structure(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: cannot be read: expected UTF-8, got: {error.reason}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise ParameterError(f"{path}: is not valid YAML: {clipped(error, MAX_MESSAGE)}") from error


def _check_structure(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"expected at most {MAX_DEPTH} levels, got more {_place(event)}")
        if isinstance(event, yaml.AliasEvent):  # a few of them can stand for billions of values
            raise yaml.YAMLError(
                f"expected every value written out, got the alias {clipped(event.anchor)!r} {_place(event)}"
            )
        tag = getattr(event, "tag", None)
        if tag:
            raise yaml.YAMLError(f"expected no tags, got {clipped(tag)!r} {_place(event)}")


def clipped(value: object, length: int = MAX_KEY) -> str:
    r"""Return a text in one line that is at most so many characters long.

    >>> clipped("a\nb" + 100 * "c", 8)
    'a bcccc…'
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


class _Repr(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = 8
        self.maxstring = self.maxother = 60
        self.maxlevel = 3

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002 -- reprlib's signature
        return repr(x) if x.bit_length() < 200 else f"an integer of {x.bit_length()} bits"


def shortened(value: object) -> str:
    """Return what a value looks like, in one line of bounded length.

    >>> shortened([10**999, "8"])
    "[an integer of 3319 bits, '8']"
    """
    return clipped(_Repr().repr(value), 120)


def described(error: ValidationError) -> str:
    """Return the broken rules in one line, each with key, rule and value; of many the first."""
    problems = error.errors(include_url=False, include_context=False)
    more = [f"and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
    return "; ".join([*map(_described, problems[:MAX_PROBLEMS]), *more])


def _described(problem: Any) -> str:
    key = clipped(".".join(map(str, problem["loc"])))
    message = clipped(problem["msg"].removeprefix("Value error, "), MAX_MESSAGE)
    if not key or ", got " in message:
        return f"{key}: {message}" if key and key not in message else message
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    if problem["type"] == "missing":
        return f"{key}: missing"
    return f"{key}: {message[0].lower()}{message[1:]}, got {shortened(problem['input'])}"
