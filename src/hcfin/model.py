"""The one base of every model: frozen, closed, and silent about the values that it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from hcfin.errors import ModelError
from hcfin.privacy import MASK, Phi

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


def is_phi(field: FieldInfo) -> bool:
    """Whether a field is marked as patient data, also inside `X | None` or a tuple."""
    return _has_phi(field.metadata) or "Phi" in repr(field.annotation)


def _has_phi(metadata: list[Any]) -> bool:
    return any(isinstance(item, Phi) for item in metadata)


def refusal(model: str, error: ValidationError) -> ModelError:
    """A `ModelError` with the fields and rules of a `ValidationError`, without its values."""
    faults = []
    for entry in error.errors(include_url=False, include_context=False, include_input=False)[:10]:
        # A key that the model does not know may itself be patient data.
        known = "extra_forbidden" not in entry["type"]
        where = ".".join(str(part) for part in (entry["loc"] if known else entry["loc"][:-1]))
        rule = entry["msg"] if known else "unknown field"
        faults.append(f"{where or 'model'}: {rule}")
    return ModelError(f"{model}: " + "; ".join(faults))


_ABSENT = frozenset({"__pydantic_extra__", "__pydantic_private__"})


class _Silent(ModelMetaclass):
    """Turns a refused construction into a `ModelError`.

    A metaclass and not `__init__`: pydantic would then call `__init__` for every nested model, at several
    times the price.
    """

    def __call__(cls, *args: Any, **data: Any) -> Any:  # noqa: N805 - of a metaclass
        try:
            return super().__call__(*args, **data)
        except ValidationError as error:
            fault = refusal(cls.__name__, error)
        raise fault


class Model(BaseModel, metaclass=_Silent):
    """Base model. `repr` and refusals show no patient data; positions do not count in comparisons."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        defer_build=True,
        revalidate_instances="never",
        ser_json_inf_nan="constants",
    )

    POSITIONS: ClassVar[frozenset[str]] = frozenset({"at", "nth"})

    @classmethod
    def build(cls, data: dict[str, Any]) -> Self:
        """Validate a nested dict in one step. Raises `ModelError`."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            fault = refusal(cls.__name__, error)
        raise fault

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # What `trusted` leaves unset, to be made only where pydantic asks for it.
            if name == "__pydantic_fields_set__":
                return set(type(self).model_fields)
            if name in _ABSENT:
                return None
            return super().__getattr__(name)

    def _compared(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in type(self).model_fields if name not in self.POSITIONS)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(self) is not type(other):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._compared()))

    def __repr_args__(self) -> Any:
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value in (None, (), "") or value == field.default:
                continue
            yield name, (_Masked() if is_phi(field) else value)


_ModelT = TypeVar("_ModelT", bound=Model)
_new = object.__new__
# The slot itself: `object.__setattr__` would look for it by name each time.
_fill = BaseModel.__dict__["__dict__"].__set__


def trusted(kind: type[_ModelT], values: dict[str, Any]) -> _ModelT:
    """A model from values that are known to fit: every field, in order, each of its exact type.

    For readers, whose accessors have already checked each value: validating forty nodes of a claim again
    costs more than reading them. What a reader makes this way is validated in tests instead.
    """
    node = _new(kind)
    _fill(node, values)
    return node


def trusted_all(kinds: Iterable[type[Model]], values: Iterable[dict[str, Any]]) -> list[Any]:
    """`trusted` for several models at once."""
    nodes = list(map(_new, kinds))
    for _ in map(_fill, nodes, values):
        pass
    return nodes


def placed(node: _ModelT, at: int) -> _ModelT:
    """The same node at another place, for readers that have made it before; nodes within it stay where they
    were."""
    values = node.__dict__.copy()
    values["at"] = at
    twin = _new(node.__class__)
    _fill(twin, values)
    return twin


def blank(kind: type[Model]) -> dict[str, Any]:
    """The fields of a model in order, at their defaults; None where a value must be given."""
    return {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
    }


class _Masked:
    def __repr__(self) -> str:
        return MASK
