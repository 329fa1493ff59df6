"""Which column of a ratio table plays which role."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlstrat.data.columns import Columns, find_column, find_roles
from mlstrat.data.counting import Number
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.contract import Role

COUNT, FIXED = "count.", "fixed."

ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("num", "what is wrong in the example", needed=True),
    Role("den", "what could be wrong in it", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "examples of one group are not independent"),
    Role("count.<category>", "errors of a kind"),
    Role("fixed.<category>.num", "what changes in num if these errors were right"),
    Role("fixed.<category>.den", "what changes in den if these errors were right"),
)
ACCEPTED = ", ".join(role.name for role in ROLES)

NEEDED = tuple(role.name for role in ROLES if role.needed)

FIXED_HINT = (
    "fixed.<category>.num says what changes, so it is 0 or less; where the column holds num "
    "itself with these errors right, subtract num"
)


@dataclass(frozen=True)
class CategoryColumns:
    """The columns of a category; what changes is None where there is no column of it."""

    count: str
    num: str | None = None
    den: str | None = None


@dataclass(frozen=True)
class RatioColumns:
    """The columns of a ratio table.

    ``shared`` holds those that every run has (id, split, group), as the readers of runs take them.
    """

    num: str
    den: str
    shared: Columns
    categories: Mapping[str, CategoryColumns]

    @property
    def roles(self) -> dict[str, str]:
        """Role to column, in the order of the interface."""
        found = {"num": self.num, "den": self.den}
        for name, one in self.categories.items():
            found[COUNT + name] = one.count
            found |= {f"{FIXED}{name}.{x}": c for x in NEEDED if (c := getattr(one, x))}
        both = found | dict(self.shared.roles)
        return {"id": both.pop("id"), **both} if "id" in both else both

    @property
    def numbers(self) -> list[Number]:
        """The columns to read as numbers."""
        found = [Number("num", self.num, low=0.0), Number("den", self.den, low=0.0)]
        for name, one in self.categories.items():
            found.append(Number(COUNT + name, one.count, low=0.0, whole=True))
            found += [Number(f"{FIXED}{name}.{x}", c) for x in NEEDED if (c := getattr(one, x))]
        return found


def lacking(message: str, header: Sequence[str], **more: Any) -> InputError:
    """Return the error for columns that are not there, with those that are."""
    found = ", ".join(map(repr, header[:12]))
    return InputError(f"{message}; the columns found are {found}", **more)


def find_ratio_columns(
    header: Sequence[str], mapping: Mapping[str, str], *, file: str, leave: Collection[str] = ()
) -> RatioColumns:
    """Find the column of each role: said by ``--map``, else by its name in any case."""
    said = {_role(role): column for role, column in mapping.items()}
    own = {
        role: find_column(header, column, file=file, option=f"--map {role}")
        for role, column in said.items()
        if role not in ("id", "split", "group")
    }
    free = [column for column in header if column not in own.values()]
    for column in free:
        role = _own_role(column)
        if role is not None and role not in own:
            own[role] = column
    for role in NEEDED:
        if role not in own:
            raise lacking(f"no column {role}", header, file=file, accepted=ACCEPTED,
                          hint=f"name it: --map {role}=COLUMN")  # fmt: skip
    shared = find_roles(
        header,
        {role: column for role, column in said.items() if role in ("id", "split", "group")},
        file=file,
        roles=("id", "split", "group"),
        leave=leave,
    )
    return RatioColumns(
        own["num"], own["den"], Columns(tuple(header), shared), _categories(own, file)
    )


def _own_role(column: str) -> str | None:
    """Return the role that a column has by its name, but for those that every run has."""
    low = column.strip().lower()
    if low in NEEDED:
        return low
    if low.startswith(COUNT) and len(low) > len(COUNT):
        return COUNT + column.strip()[len(COUNT) :]
    if low.startswith(FIXED) and low.endswith((".num", ".den")):
        name = column.strip()[len(FIXED) : -len(".num")]
        return f"{FIXED}{name}.{low[-3:]}" if name else None
    return None


def _role(role: str) -> str:
    low = role.strip().lower()
    found = low if low in ("id", "split", "group") else _own_role(role)
    if found is None:
        raise UsageError(f"--map: a ratio table has no role {role!r}", accepted=ACCEPTED)
    return found


def _categories(own: Mapping[str, str], file: str) -> dict[str, CategoryColumns]:
    names = [role[len(COUNT) :] for role in own if role.startswith(COUNT)]
    for role, column in own.items():
        name = role[len(FIXED) : -len(".num")]
        if role.startswith(FIXED) and name not in names:
            raise InputError(
                f"there is no column count.{name}, which says how many of these errors there are",
                file=file,
                column=column,
                accepted="count.<category> beside fixed.<category>.num and fixed.<category>.den",
            )
    return {
        name: CategoryColumns(
            own[COUNT + name], own.get(f"{FIXED}{name}.num"), own.get(f"{FIXED}{name}.den")
        )
        for name in sorted(names)
    }
