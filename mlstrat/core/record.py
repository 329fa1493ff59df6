"""Frozen data classes whose methods are inherited, so that defining one costs next to nothing."""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of frozen data classes: ``class Level(Record)`` for ``@dataclass(frozen=True)``.

    `dataclass` writes six functions for each class and compiles them, which takes .3 ms; a command
    needs eighty classes. Here those functions are written once. `fields`, `replace`, `asdict` and
    `match` see an ordinary data class; with ``eq=False`` an object equals itself alone.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _by_fields: ClassVar[bool] = True

    def __init_subclass__(cls, *, eq: bool = True, kw_only: bool = False) -> None:
        super().__init_subclass__()
        dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        cls._by_fields = eq

    if not TYPE_CHECKING:  # else a checker lets any name be set, with any value

        def __init__(self, *values: Any, **named: Any) -> None:
            kind = type(self)
            made = MADE.get(kind) or _read(kind)
            given = dict(zip(made.positional, values, strict=False))
            given.update(named)
            state = {**made.template, **given}  # in the order of the fields
            if len(given) < len(values) + len(named) or len(state) > len(made.template):
                raise TypeError(f"{kind.__qualname__}() got a field twice, or one that it lacks")
            if len(given) < len(state):
                for name, factory in made.unset:
                    if state[name] is MISSING:
                        if factory is MISSING:
                            raise TypeError(f"{kind.__qualname__}() lacks the field {name!r}")
                        state[name] = factory()
            for name, factory in made.own:
                state[name] = factory()
            self.__dict__.update(state)
            if made.after is not None:
                made.after(self)

        def __setattr__(self, name: str, value: Any) -> NoReturn:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        def __delattr__(self, name: str) -> NoReturn:
            raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__ or not self._by_fields:
            return NotImplemented  # then Python asks whether they are one object
        return self.__compared() == other.__compared()

    def __hash__(self) -> int:
        return hash(self.__compared()) if self._by_fields else object.__hash__(self)

    def __compared(self) -> tuple[Any, ...]:
        return tuple(
            getattr(self, name) for name in (MADE.get(type(self)) or _read(type(self))).compared
        )

    def __repr__(self) -> str:
        said = ", ".join(f"{x.name}={getattr(self, x.name)!r}" for x in fields(self) if x.repr)
        return f"{type(self).__qualname__}({said})"


class _Made(NamedTuple):
    """What objects of a class are made from."""

    positional: tuple[str, ...]
    template: dict[str, Any]  # each field with its default, or `MISSING`
    unset: tuple[tuple[str, Any], ...]  # the fields without a default, and what makes one
    own: tuple[tuple[str, Any], ...]  # the same of fields that nobody gives
    compared: tuple[str, ...]
    after: Any


MADE: dict[type, _Made] = {}


def _read(kind: type[Record]) -> _Made:
    every = fields(kind)
    given = [x for x in every if x.init]
    MADE[kind] = made = _Made(
        positional=tuple(x.name for x in given if not x.kw_only),
        template={x.name: x.default for x in given},
        unset=tuple((x.name, x.default_factory) for x in given if x.default is MISSING),
        own=tuple(
            (x.name, x.default_factory) for x in every if not x.init and callable(x.default_factory)
        ),
        compared=tuple(x.name for x in every if x.compare),
        after=getattr(kind, "__post_init__", None),
    )
    return made
