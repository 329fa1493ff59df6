"""Which column plays which role, found by its name or said by ``--map``."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field

from mlstrat.core.record import Record
from mlstrat.data.formats.first_lines import header_hint
from mlstrat.data.likely_roles import lacking, quoted, untaken
from mlstrat.errors import InputError, UsageError, nearest

STRONG: Mapping[str, tuple[str, ...]] = {
    "label": ("label", "y_true", "target", "actual", "truth", "gold", "given_label"),
    "prediction": ("prediction", "pred", "y_pred", "predicted", "predicted_label", "output"),
    "score": ("score", "prob", "probability", "y_score", "y_proba"),
    "split": ("split", "subset"),
    "id": ("id", "example_id", "uid", "guid"),
    "weight": ("sample_weight",),
    "group": ("group", "group_id", "patient_id", "user_id", "subject_id"),
    "source": ("source", "distribution", "domain"),
    "human": ("human",),
    "confidence": ("confidence",),
    "fold": ("fold",),
    "correct": (),
}
"""The column names, in lower case, that stand for each role."""

IF_SPLITS = ("fold", "partition", "set")
"""Names of a split only where every value is one: numbers of folds, or sets of another kind."""

WEAK: Mapping[str, tuple[str, ...]] = {
    "label": ("labels", "y_test", "y", "ground_truth", "true_label", "true", "class"),
    "prediction": ("predictions", "preds", "y_hat", "yhat", "predicted_class", ".pred_class"),
    "score": ("proba", "y_prob"),
    "split": IF_SPLITS,
    "correct": ("correct", "acc", "exact_match", "is_correct"),
}
"""Names that are often something else: they have the role where no strong name does."""

ALIASES = {role: (*names, *WEAK.get(role, ())) for role, names in STRONG.items()}
"""The column names, in lower case, that may stand for each role."""

BY_NAME = tuple(role for role in ALIASES if role not in ("fold", "correct"))
"""The roles that a name gives by itself; the others depend on values, and on what else is there."""

KNOWN_NAMES = frozenset(itertools.chain.from_iterable(ALIASES.values()))

PROBABILITY, PERSON, VOTES = "prob_", "human_", "votes_"
"""What the names of one column a class, a person, and a class that people vote for start with."""

PART = "after_"
"""What the columns start with that say whether all is right once a part of a chain is perfect."""

PREFIXES = (PROBABILITY, PERSON, VOTES)

WEAK_PROBABILITIES = ("proba_", ".pred_", "p_")
"""What else such a name may start with, where what follows is a label that occurs."""

COUNT = "n"
"""The role, and the name, of the column that says how many examples a row of counts stands for."""

ROLES_ACCEPTED = ", ".join(ALIASES) + f", human_<name>, votes_<label>, prob_<class>, {COUNT}"


class Columns(Record):
    """The header and the columns that play a role in it.

    ``roles`` goes from role (``label``, …, ``human``, ``human_<name>``, ``votes_<label>``,
    ``prob_<class>``) to the name of its column. ``feature`` is a last column ``n`` that is taken
    for a column like others, though nobody said so.
    """

    header: tuple[str, ...]
    roles: Mapping[str, str] = field(default_factory=dict)
    feature: str | None = None

    def get(self, role: str) -> str | None:
        """Return the column of a role, or None."""
        return self.roles.get(role)

    @property
    def probabilities(self) -> dict[str, str]:
        """Class, as its column writes it, to the column of its probability."""
        found = {r: column for r, column in self.roles.items() if r.startswith(PROBABILITY)}
        return {role[len(PROBABILITY) :]: column for role, column in found.items()}

    @property
    def people(self) -> dict[str, str]:
        """Role of each human column (``human`` or ``human_<name>``) to the column."""
        return {r: x for r, x in self.roles.items() if r == "human" or r.startswith(PERSON)}

    @property
    def answers(self) -> dict[str, str]:
        """Role of each column that tells what people said, by person or by votes, to the column."""
        votes = {role: x for role, x in self.roles.items() if role.startswith(VOTES)}
        return self.people | votes


def resolve_columns(
    header: Sequence[str],
    mapping: Mapping[str, str],
    *,
    file: str,
    leave: Collection[str] = (),
    classes: Mapping[str, str] | None = None,
    by_value: Mapping[str, str] | None = None,
) -> Columns:
    """Find the column of each role; what to `leave` has none, and `classes` those of classes.

    What `by_value` says of a role, as values tell it, holds where no name and no `mapping` does;
    a role that `mapping` gives a blank column has none. A table holds counts, each row standing
    for ``n`` examples, where `mapping` names the column of the role ``n``; or where its last
    column is called ``n``, in this case, and it has no ids, which would make each row one example.
    """
    known = {column.lower() for column in header}
    counts = tuple(header[-1:]) == (COUNT,) and known.isdisjoint(ALIASES["id"])
    if counts:  # named by role as `count` writes them, whatever the run called them
        mapping = {
            role: role if column.strip().lower() not in {*known, ""} and role in header else column
            for role, column in mapping.items()
        }
    roles = find_roles(header, mapping, file=file, leave=leave)
    said = {_role(role) for role in mapping}
    feature = COUNT if counts and COUNT in leave and COUNT not in said else None
    if counts and "id" not in roles and COUNT not in {*roles.values(), *leave, *said}:
        roles.setdefault(COUNT, COUNT)
    if COUNT in roles:
        roles.pop("id", None)
    for role, column in (by_value or {}).items():
        if role not in {*roles, *said} and column not in roles.values():
            roles[role] = column
    free = untaken(header, roles.values())
    for prefix in PREFIXES:
        if prefix == PROBABILITY and "score" in said and "score" in roles:
            continue  # of several models, maybe: columns like others
        for column in free:
            if column.lower().startswith(prefix) and len(column) > len(prefix):
                _add(roles, prefix + column[len(prefix) :], [column], file)
    found = classes or {}
    for name in dict.fromkeys(found.values()):
        _add(roles, PROBABILITY + name, [x for x, c in found.items() if c == name], file)
    _settle_correct(roles, header, said, file)
    roles = {role: roles[role] for role in sorted(roles, key=_order)}
    columns = Columns(tuple(header), roles, feature)
    if "correct" not in roles:
        _require(columns, header, file)
    return columns


def _settle_correct(
    roles: dict[str, str], header: Sequence[str], said: Collection[str], file: str
) -> None:
    """Let a column that tells right from wrong count where nothing else tells it.

    What only a label or a prediction gives a meaning has no role beside it.
    """
    others = ("label", "prediction", "score", *(x for x in roles if x.startswith(PROBABILITY)))
    if "correct" in said and (twice := [x for x in others if x in said]):
        raise UsageError(
            f"--map correct says which rows are right, and --map {twice[0]} says it otherwise",
            accepted="correct alone, or label and prediction",
        )
    if "correct" not in said and not {"label", "prediction"} & {*roles, *said}:
        free = [column for column in header if column not in roles.values()]
        _add(roles, "correct", named(free, "correct"), file)
    for role in others if "correct" in roles else ():
        roles.pop(role, None)


def find_roles(
    header: Sequence[str],
    mapping: Mapping[str, str],
    *,
    file: str,
    roles: Iterable[str] = BY_NAME,
    leave: Collection[str] = (),
    weak: bool = True,
) -> dict[str, str]:
    """Return the column of each role that has one: of those said, and of `roles` by their names.

    A weak name has it only where no strong one does, and a column to `leave` never.
    """
    found = {
        _role(role): find_column(header, column, file=file, option=f"--map {role}")
        for role, column in mapping.items()
        if column.strip()
    }
    nobody = {_role(role) for role, column in mapping.items() if not column.strip()}
    free = [column for column in header if column not in {*found.values(), *leave}]
    for role in roles:
        if role not in nobody:
            _add(found, role, named(free, role, weak=weak), file)
    return found


def named(header: Iterable[str], role: str, *, weak: bool = True) -> list[str]:
    """Return the columns called by the strong names of a role, or if none is, by the weak ones."""
    low = {name: name.lower() for name in header}
    found = [name for name, x in low.items() if x in STRONG[role]]
    if found or not weak:
        return found
    corrected = {"true_label"} if "mislabeled" in low.values() else set()
    return [name for name, x in low.items() if x in {*WEAK.get(role, ())} - corrected]


def find_column(header: Sequence[str], name: str, *, file: str, option: str) -> str:
    """Return the column of the header that is meant: exactly, or in another case."""
    name = name.strip()
    if name in header:
        return name
    other_case = [column for column in header if column.lower() == name.lower()]
    if len(other_case) == 1:
        return other_case[0]
    near = nearest(name, header, most=3)
    raise InputError(
        f"{option} names the column {name!r}, which is not there",
        file=file,
        accepted=f"the columns {quoted(header)}",
        hint=header_hint(header, f"did you mean {quoted(near)}?" if near else None),
    )


def _role(role: str) -> str:
    low = role.strip().lower()
    if low in ALIASES or low == COUNT:
        return low
    for prefix in PREFIXES:
        if low.startswith(prefix) and len(low) > len(prefix):
            return prefix + role.strip()[len(prefix) :]
    raise UsageError(f"--map knows no role {role!r}", accepted=ROLES_ACCEPTED)


def _add(roles: dict[str, str], role: str, found: list[str], file: str) -> None:
    """Give a role its column, unless ``--map`` did."""
    if role in roles or not found:
        return
    if len(found) > 1:
        raise InputError(
            f"{len(found)} columns for the role {role!r}: {quoted(found)}",
            file=file,
            hint=f"say which one: --map {role}={found[0]}",
        )
    roles[role] = found[0]


def _order(role: str) -> tuple[int, str]:
    """Return where a role stands; people by name, as the order of their columns says nothing."""
    known = list(ALIASES)
    place = known.index(role) if role in known else len(known)
    return place, role if role.startswith((PERSON, VOTES)) else ""


def _require(columns: Columns, header: Sequence[str], file: str) -> None:
    predicts = columns.get("prediction") or columns.get("score") or columns.probabilities
    missing = [] if columns.get("label") else ["label"]
    missing += [] if predicts else ["prediction"]
    if missing:
        accepted = ALIASES["label"]
        if missing[0] == "prediction":
            accepted = (*ALIASES["prediction"], *ALIASES["score"], "prob_<class>")
        right = named(header, "correct")
        raise lacking(missing, header, columns.roles, accepted, right, file)
