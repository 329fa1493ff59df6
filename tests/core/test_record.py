"""A record is a frozen data class, whatever its methods are made of."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from typing import Any, Generic, TypeVar

import pytest

from mlstrat.core.record import Record

T = TypeVar("T")


class Point(Record):
    x: float
    y: float = 0.0
    tags: list[str] = field(default_factory=list)


class Named(Point, kw_only=True):
    name: str


class Apart(Record, eq=False):
    x: int


class Again(Apart):
    y: int = 0


class Holder(Record, Generic[T]):
    held: T
    seen: int = field(default=0, compare=False, repr=False)
    double: int = field(init=False, compare=False)
    notes: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", 2 * self.seen)


def test_fields_are_given_by_place_or_name_and_keep_their_order() -> None:
    assert vars(Point(y=2.0, x=1.0)) == {"x": 1.0, "y": 2.0, "tags": []}
    assert list(vars(Point(tags=["a"], x=1.0))) == ["x", "y", "tags"]
    assert Named(1.0, name="a").name == "a"
    assert [x.name for x in fields(Named)] == ["x", "y", "tags", "name"]


def test_a_default_that_is_made_is_made_for_each() -> None:
    first, second = Point(0.0), Point(0.0)
    first.tags.append("a")
    assert second.tags == []


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, [], 4), {}), ((1,), {"x": 2}), ((1,), {"z": 2}), ((), {"y": 1, "z": 2})],
)
def test_a_field_is_given_once_and_there(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Point\(\)"):
        Point(*values, **named)


def test_names_alone_where_it_says_so() -> None:
    with pytest.raises(TypeError):
        Named(1.0, 2.0, [], "a")


def test_nothing_is_set_or_deleted() -> None:
    point = Point(1.0)
    with pytest.raises(FrozenInstanceError):
        point.x = 2.0
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert point.x == 1.0


def test_equal_by_kind_and_fields() -> None:
    assert Point(1.0) == Point(1.0, 0.0)
    assert Point(1.0) != Point(2.0)
    assert Point(1.0) != Named(1.0, name="a")
    assert Holder(1, seen=1) == Holder(1, seen=2)
    assert hash(Holder(1, seen=1)) == hash(Holder(1, seen=2))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(1.0))  # it holds a list


def test_equal_to_itself_alone() -> None:
    one = Apart(1)
    assert one != Apart(1)
    assert one in {one: 0}
    assert Again(1) == Again(1)  # said anew by each class, as of a data class


def test_what_reads_data_classes_reads_records() -> None:
    held = Holder([1, 2], seen=3)
    assert is_dataclass(held)
    assert (held.double, held.notes) == (6, {})
    assert asdict(Point(1.0, tags=["a"])) == {"x": 1.0, "y": 0.0, "tags": ["a"]}
    assert replace(Named(1.0, name="a"), y=3.0) == Named(1.0, 3.0, name="a")
    assert repr(Holder("a", seen=1)) == "Holder(held='a', double=2, notes={})"
    assert pickle.loads(pickle.dumps(Point(1.0, 2.0))) == copy.deepcopy(Point(1.0, 2.0))
    match Point(1.0, 2.0):
        case Point(x, y):
            assert (x, y) == (1.0, 2.0)
