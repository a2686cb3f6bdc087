"""Bad parameters by the thousand, derived from the schemas: a key added there is covered here by itself.

Every value that breaks a stated rule is refused, in one short line that names its key; no text of a file, however
damaged, gives anything but parameters or such a line.
"""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import pytest
import yaml
from dvc.utils.serialize import load_yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from foundation import parameters as study
from foundation.parameter_file import ParameterError, read_yaml
from foundation.parameter_sections import Distinct
from replications import parameters as replications
from tests.import_closure import ROOT

MAX_LINE = 2000  # characters
MANY = settings(max_examples=max(500, settings.default.max_examples), deadline=None)  # type: ignore[union-attr]


class Key(NamedTuple):
    """A key of a schema: its path in a valid document and what it says of its value."""

    path: tuple[str, ...]
    schema: dict[str, Any]
    is_distinct: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)


class Schema(NamedTuple):
    """A schema, its reader, a valid document and its keys."""

    parse: Callable[[object], object]
    load: Callable[[Path], object]
    text: str
    document: dict[str, Any]
    keys: list[Key]


def sections(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the sections in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from sections(argument)


def keys_of(model: type[BaseModel], document: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[Key]:
    """Yield the keys of a document under a model, sections and their keys alike."""
    for name, field in model.model_fields.items():
        if name not in document:
            continue  # may be left out, and this document does
        metadata = [*field.metadata, *(getattr(field.annotation, "__metadata__", ()))]
        schema = TypeAdapter(field.annotation).json_schema()
        constraints = model.model_json_schema()["properties"][name]
        yield Key((*path, name), {**schema, **constraints}, Distinct in metadata)
        for section in sections(field.annotation):
            if get_origin(field.annotation) is dict:
                for entry, content in document[name].items():
                    yield from keys_of(section, content, (*path, name, entry))
            else:
                yield from keys_of(section, document[name], (*path, name))


def schema_of(module: Any, path: str) -> Schema:
    text = (ROOT / path).read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return Schema(module.parse_params, module.load_params, text, document, list(keys_of(module.Params, document)))


SCHEMAS = {
    "study": schema_of(study, "params.yaml"),
    "replications": schema_of(replications, "replications/params.yaml"),
}
PYDANTIC_NAMES = {  # of bounds of a type with a validator of its own
    "minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt", "minItems": "minLength",
}  # fmt: skip
EACH_SCHEMA = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))

nothing = st.none()
texts = st.sampled_from(["", "8", "1e3", "0x10", "true", "null", "nan", "<script>", "ą" * 5000]) | st.text(max_size=9)
booleans = st.booleans()
fractions = st.floats(allow_nan=True, allow_infinity=True).filter(lambda x: x != int(x) if abs(x) < 1e18 else True)
whole_floats = st.integers(-9, 99).map(float)
lists = st.lists(st.integers(0, 9) | nothing, max_size=3) | st.just([[]]) | st.just(list(range(5000)))
mappings = st.dictionaries(st.text(max_size=4), st.integers(), max_size=2)
not_finite = st.sampled_from([float("nan"), float("inf"), float("-inf")])


def kind_of(schema: dict[str, Any]) -> str:
    """Return the kind of value a part of a JSON schema asks for."""
    if "anyOf" in schema:
        kinds = {kind_of(option) for option in schema["anyOf"]} - {"null"}
        return "number" if kinds <= {"integer", "number"} and "number" in kinds else kinds.pop()
    return "section" if "$ref" in schema else str(schema.get("type") or "string")


def constraint(schema: dict[str, Any], name: str) -> Any:
    """Return a constraint of a part of a JSON schema, or of its first option that has it."""
    names = (name, PYDANTIC_NAMES.get(name))
    return next((part[n] for part in (schema, *schema.get("anyOf", ())) for n in names if n in part), None)


def out_of_range(schema: dict[str, Any], numbers: Callable[..., Any]) -> list[Any]:
    """Return strategies of numbers outside the bounds that a schema states."""
    low, above = constraint(schema, "minimum"), constraint(schema, "exclusiveMinimum")
    high, below = constraint(schema, "maximum"), constraint(schema, "exclusiveMaximum")
    found = [numbers(max_value=low).filter(lambda x: x < low)] if low is not None else []
    found += [numbers(max_value=above)] if above is not None else []
    found += [numbers(min_value=high).filter(lambda x: x > high)] if high is not None else []
    return found + ([numbers(min_value=below)] if below is not None else [])


def integers(min_value: float | None = None, max_value: float | None = None) -> Any:
    whole = {k: int(v) for k, v in (("min_value", min_value), ("max_value", max_value)) if v is not None}
    return st.integers(**whole) | st.just(whole.get("min_value", 0) - 10**400 * ("max_value" in whole))


def floats(min_value: float | None = None, max_value: float | None = None) -> Any:
    bounds = {k: float(v) for k, v in (("min_value", min_value), ("max_value", max_value)) if v is not None}
    return st.floats(**bounds, allow_nan=False)


def wrong(schema: dict[str, Any], valid: Any, *, is_distinct: bool = False) -> Any:
    """Return a strategy of values that break what a part of a JSON schema says."""
    match kind_of(schema):
        case "integer":
            of_kind = [fractions, whole_floats, lists, mappings, texts, booleans, *out_of_range(schema, integers)]
        case "number":
            of_kind = [not_finite, lists, mappings, texts, booleans, *out_of_range(schema, floats)]
        case "boolean":
            of_kind = [st.integers(), fractions, lists, mappings, texts]
        case "string":
            choices = constraint(schema, "enum") or ([schema["const"]] if "const" in schema else None)
            of_kind = [st.integers(), fractions, booleans, lists, mappings]
            of_kind += [texts.filter(lambda text: text not in choices)] if choices else []
        case "array":
            of_kind = [st.integers(), fractions, booleans, texts, mappings]
            of_kind += [st.just([])] if constraint(schema, "minItems") else []
            of_kind += [st.sampled_from(valid).map(lambda entry: [*valid, entry])] if is_distinct and valid else []
            if valid:
                of_kind.append(wrong(constraint(schema, "items"), valid[0]).map(lambda entry: [*valid[:-1], entry]))
        case _:
            of_kind = [st.integers(), fractions, booleans, texts, lists]
            of_kind.append(st.text(min_size=1, max_size=9).filter(lambda key: key not in valid).map(
                lambda key: {**valid, key: next(iter(valid.values()), 3)}
            ) if is_closed(schema) else st.integers())  # fmt: skip
    may_be_null = any(option.get("type") == "null" for option in schema.get("anyOf", ()))
    return st.one_of(*of_kind) if may_be_null else st.one_of(nothing, *of_kind)


def is_closed(schema: dict[str, Any]) -> bool:
    """Return whether a mapping's keys are named by its schema."""
    return "$ref" in schema or schema.get("additionalProperties") is False or "propertyNames" in schema


def with_value(document: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    """Return the document with one entry replaced, or left out for ``...``."""
    result = copy.deepcopy(document)
    target = result
    for name in path[:-1]:
        target = target[name]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return result


@st.composite
def broken(draw: Any, schema: Schema) -> tuple[Key, dict[str, Any]]:
    """Draw a key and the document in which its value breaks its rule."""
    key = draw(st.sampled_from(schema.keys))
    valid: Any = schema.document
    for name in key.path:
        valid = valid[name]
    return key, with_value(schema.document, key.path, draw(wrong(key.schema, valid, is_distinct=key.is_distinct)))


def refusal(error: ParameterError) -> str:
    said = str(error)
    assert len(said.splitlines()) == 1
    assert len(said) <= MAX_LINE
    assert said.isprintable()
    return said


def validated(schema: Schema, document: object) -> str:
    """Return what the schema says of a document, empty where it is valid."""
    try:
        schema.parse(document)
    except ParameterError as error:
        return refusal(error)
    return ""


@EACH_SCHEMA
@MANY
@given(st.data())
def test_a_value_that_breaks_its_rule_is_refused_by_key(schema: Schema, data: Any) -> None:
    key, document = data.draw(broken(schema))
    said = validated(schema, document)
    assert key.path[0] in said
    assert key.path[-1] in said


@EACH_SCHEMA
def test_no_key_without_a_default_may_be_left_out(schema: Schema) -> None:
    for key in schema.keys:
        if "default" in key.schema:
            continue
        said = validated(schema, with_value(schema.document, key.path, ...))
        assert key.path[-1] in said, key.name


@EACH_SCHEMA
def test_an_unknown_key_is_refused_at_any_depth(schema: Schema) -> None:
    for key in [Key((), {}), *(key for key in schema.keys if "$ref" in key.schema)]:
        said = validated(schema, with_value(schema.document, (*key.path, "epoch"), 3))
        assert ".".join((*key.path, "epoch")) in said


def loaded(schema: Schema, path: Path, content: bytes) -> str:
    """Return what the reader says of a file, empty where it is valid."""
    path.write_bytes(content)
    try:
        schema.load(path)
    except ParameterError as error:
        said = refusal(error)
        assert said.startswith(f"{path}: ")
        return said
    return ""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad") / "params.yaml"


PECULIAR = [
    "latent_dim: 4\n", "\t", "&a ", "*a", "!!python/object:os.system ", "!!int ", "[", "{", "? ", "- ", "<<: ", ": ",
    "%TAG",
    "---\n", "...\n", "\x00", "\ufeff",
    "on", "2024-01-01", "1e3", "0o17", "1:30", "'", '"', "|\n", "# ", ".nan", "\r", "9" * 5000,
]  # fmt: skip


@EACH_SCHEMA
@MANY
@given(st.data())
def test_no_damage_to_a_file_gives_a_traceback(schema: Schema, path: Path, data: Any) -> None:
    content = schema.text.encode()
    content = content[: data.draw(st.integers(0, 700))]  # short, for speed: most damage shows at once
    place = data.draw(st.integers(0, len(content)))
    piece = data.draw(st.sampled_from(PECULIAR).map(str.encode) | st.binary(max_size=4))
    loaded(schema, path, content[:place] + piece + content[place + data.draw(st.integers(0, 3)) :])


@MANY
@given(st.text(max_size=60))
@example("[" * 5000)
@example("a: " * 5000)
@example("{a: " * 5000)
@example("- " * 5000)
def test_no_text_gives_a_traceback(path: Path, text: str) -> None:
    assert loaded(SCHEMAS["study"], path, text.encode(errors="surrogatepass"))


STUDY = SCHEMAS["study"].text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (STUDY + "latent_dim: 4\n", 'is not valid YAML: found duplicate key "latent_dim" with value "4" (original'),
        (STUDY.replace("  beta: 1.0\n", "  beta: 1.0\n  beta: 4.0\n"), 'found duplicate key "beta"'),
        (STUDY.replace("latent_dim: 16", "latent_dim: on", 1), "latent_dim: must be an integer, got 'on'"),
        (STUDY.replace("latent_dim: 16", "latent_dim: 1:30", 1), "latent_dim: must be an integer, got '1:30'"),
        (STUDY.replace("latent_dim: 16", "latent_dim: 2024-01-01", 1), "latent_dim: must be an integer, got "),
        (STUDY.replace("latent_dim: 16", "latent_dim: 2024-13-01", 1), "is not valid YAML: month must be in 1..12"),
        (STUDY.replace("latent_dim: 16", "latent_dim: !!set {16}", 1), "latent_dim: must be an integer, got {16}"),
        (STUDY.replace("latent_dim: 16", "latent_dim: !!python/name:os.system", 1), "is not valid YAML: could not"),
        (STUDY.replace("latent_dim: 16", f"latent_dim: {'9' * 5000}", 1), "is not valid YAML: "),
        (STUDY.replace("latent_dim: 16", f"latent_dim: 0x{'9' * 5000}", 1), "latent_dim: must be below 2**63, got a "),
        (STUDY + "3: 4\n", "3: keys should be strings, got 3"),
        (STUDY + "? [a]\n: 4\n", "keys should be strings, got ('a',)"),
        (STUDY + f"{'k' * 500}: 4\n", "unknown key"),
        (STUDY.replace("seeds:", "seeds: &a [*a]\nunknown:", 1), "seeds.0: must be an integer, got [[["),
        ("[" * 5000, "is not valid YAML: nested too deeply"),
        ("", "expected a mapping of keys, got NoneType"),
        ("- 1\n", "expected a mapping of keys, got list"),
        ("a: 1\n---\nb: 2\n", "is not valid YAML: but found another document in line 2"),
        ("a:\t\n\tb: 1\n", "is not valid YAML: found character '\\t' that cannot start any token in line 1"),
        ("#" * 200_000, "expected at most 100000 bytes, got 200000"),
    ],
)
def test_peculiar_files_are_refused_by_name(path: Path, content: str, said: str) -> None:
    assert said in loaded(SCHEMAS["study"], path, content.encode())


@pytest.mark.parametrize("content", [b"\xff\xfe", STUDY.encode("utf-16"), b"a: \xe9\n"])
def test_another_encoding_is_named(path: Path, content: bytes) -> None:
    assert "cannot be read: expected UTF-8" in loaded(SCHEMAS["study"], path, content)


@EACH_SCHEMA
def test_the_committed_values_are_read_as_by_any_reader(schema: Schema, path: Path) -> None:
    path.write_text(schema.text, encoding="utf-8")
    assert read_yaml(path) == schema.document
    assert repr(read_yaml(path)) == repr(schema.document)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e-3", 1e-3), ("1E3", 1e3), ("010", 10), ("0x10", 16), ("0o17", 15), ("-.inf", float("-inf")), ("~", None),
     ("on", "on"), ("no", "no"), ("1_000", 1000), ("True", True), (".5", 0.5), ("+3", 3)],
)  # fmt: skip
def test_scalars_are_read_as_dvc_reads_them(path: Path, written: str, value: object) -> None:
    path.write_text(f"a: {written}\n")
    assert repr(read_yaml(path)) == repr(load_yaml(path)) == repr({"a": value})


def test_of_many_mistakes_the_first_are_named() -> None:
    said = validated(SCHEMAS["study"], dict.fromkeys(SCHEMAS["study"].document))
    assert len(re.findall("; ", said)) == 5
    assert said.endswith(" more")
