"""One review of a sheet: changes as they come in, saved before they are acknowledged."""

from __future__ import annotations

import contextvars
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from mlstrat.data.sheet.editing import ConflictError, Filled, OpenSheet, RefusedError
from mlstrat.data.sheet.pieces import write_in_place
from mlstrat.errors import MlstratError

LOOK_EVERY = 1.0
"""Seconds between looks whether another program has saved the sheet."""

LONGEST_WAIT = 5.0
"""Seconds between two tries to save at most."""

MOST_REMEMBERED = 20_000
"""Operations whose answers are remembered, for who asks again."""


@dataclass
class Answer:
    """What came of an operation: a status as HTTP has it, and what its author is told."""

    status: int
    body: dict[str, Any]
    generation: int = 0
    row: object = None
    field: object = None


class Session:
    """A sheet under review, its changes, and the thread that saves them.

    ``trouble`` says why the last try to save or to read the file failed. By ``numbers`` and
    ``by_number`` the page asks for a row: it stays the row's own, wherever it moves; ``reordered``
    is the version since which they stand in this order. ``since`` counts, for tags that came up in
    this session, the rows that had been read before.
    """

    def __init__(self, sheet: OpenSheet) -> None:
        self.sheet, self.trouble = sheet, ""
        self.by_number, self.numbers = sheet.keys, sheet.place  # it makes new ones when it is read
        self.reordered = sheet.version
        self.since: dict[str, int] = {}
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._wake, self._waiting = threading.Condition(), list[tuple[int, Future[str]]]()
        self._wanted = self._saved = 0
        self._ended = False
        context = contextvars.copy_context()  # how labels are read holds for the thread, too
        self._thread = threading.Thread(target=context.run, args=(self._work,), daemon=True)
        self._thread.start()

    # Changes -------------------------------------------------------------------------------------

    def submit(self, operation: Mapping[str, Any]) -> tuple[Answer, Future[str] | None]:
        """Do an operation; what came of it, and the future that it is saved with.

        The future's result is blank, or why it is not saved.
        """
        name = str(operation.get("id", ""))[:100]
        with self._wake:
            answer = self._answers.get(name) if name else None
            if answer is None:
                answer = self._do(operation)
                if name:
                    self._answers[name] = answer
                    while len(self._answers) > MOST_REMEMBERED:
                        self._answers.popitem(last=False)
            if answer.generation <= self._saved:
                return answer, None
            future: Future[str] = Future()
            self._waiting.append((answer.generation, future))
            self._wake.notify_all()
            return answer, future

    def _do(self, operation: Mapping[str, Any]) -> Answer:
        sheet, tag = self.sheet, operation.get("tag")
        if operation.get("op") == "looked":  # the rows before were read for this tag, too
            self.since.pop(str(tag), None)
            sheet.version += 1
            return Answer(200, {})
        known = set(sheet.tags)
        try:
            before = sheet.apply(operation)
        except RefusedError as error:
            return Answer(422, {"why": str(error)})
        except ConflictError as error:
            return Answer(409, {"theirs": error.theirs, "field": error.name, "row": error.key})
        if operation.get("op") == "add":
            new = [tag for tag in sheet.tags if tag not in known]
            if new and (read := sum(row.read for row in sheet.rows.values()) - 1):
                self.since |= dict.fromkeys(new, read)
        if operation.get("op") == "rename" and str(tag) in self.since:
            self.since[str(operation.get("to"))] = self.since.pop(str(tag))
        if not before:
            return Answer(200, {"rows": 0})
        self._wanted += 1
        body = {"rows": len(before), "before": _inverse(operation, before, sheet)}
        return Answer(200, body, self._wanted, operation.get("row"), operation.get("field"))

    # Saving --------------------------------------------------------------------------------------

    def _work(self) -> None:
        wait = LOOK_EVERY
        while True:
            with self._wake:
                if self._wanted == self._saved or self.trouble:
                    self._wake.wait(wait)
                if self._ended and (self._wanted == self._saved or self.trouble):
                    return
                generation = self._wanted
            self._save(generation)
            wait = min(LONGEST_WAIT, 2 * wait) if self.trouble else LOOK_EVERY

    def _save(self, generation: int) -> None:
        """Take over what others saved, and write what waits; tell who waits for it."""
        sheet, why = self.sheet, ""
        held: dict[str, Filled] = {}
        try:
            if sheet.changed_on_disk():
                self._take_over(sheet.merge())
            if generation > self._saved:
                with sheet.lock:
                    content, held = sheet.to_pieces(), sheet.unsaved
                    sheet.unsaved = {}
                known = write_in_place(sheet.path, content)
                with sheet.lock:
                    sheet.file.stamp = known
        except (OSError, MlstratError) as error:
            with sheet.lock:
                sheet.unsaved = {**sheet.unsaved, **held}
            why = _why(error)
        with self._wake:
            self.trouble = why
            if not why:
                self._saved = max(self._saved, generation)
            done = [f for g, f in self._waiting if g <= generation]
            self._waiting = [(g, f) for g, f in self._waiting if g > generation]
        for future in done:
            future.set_result(why)

    def _take_over(self, conflicts: list[ConflictError]) -> None:
        with self._wake:
            for key in self.sheet.keys:
                if key not in self.numbers:
                    self.numbers[key] = len(self.by_number)
                    self.by_number.append(key)
            self.reordered = self.sheet.version
            for one in conflicts:
                for answer in self._answers.values():
                    if (answer.row, answer.field) == (one.key, one.name) and (
                        answer.generation > self._saved
                    ):
                        answer.status = 409
                        answer.body = {"theirs": one.theirs, "field": one.name, "row": one.key}

    def close(self) -> str:
        """Save what waits, and end; return why something could not be saved."""
        with self._wake:
            self._ended = True
            self._wake.notify_all()
        self._thread.join(timeout=60)
        return self.trouble if self._wanted > self._saved else ""


def _inverse(
    operation: Mapping[str, Any], before: list[tuple[str, Filled]], sheet: OpenSheet
) -> dict[str, Any] | None:
    """Return the operation that takes a change of many rows back; of one row its tab knows it."""
    if operation.get("op") not in ("rename", "delete"):
        return None
    old = str(operation["tag"])
    changes = []
    for key, was in before:
        now = sheet.rows[key].tags
        changes.append({
            "row": key, "take": [x for x in now if x not in was.tags],
            "add": [[x, was.tags.index(x)] for x in was.tags if x not in now],
        })  # fmt: skip
    new = operation.get("to")
    place = sheet.tags.index(new) if new in sheet.tags else len(sheet.tags)
    return {"op": "restore", "changes": changes, "known": old, "place": place}


ENDED_BY = {13: "it, or its folder, is read-only", 30: "its disk is read-only",
            28: "the disk is full", 122: "the disk is full",
            1: "it may not be written"}  # fmt: skip


def _why(error: OSError | MlstratError) -> str:
    """Return why a sheet is not saved, in words of the page."""
    if isinstance(error, MlstratError):
        return " ".join(str(error).split("\n  ")[0].split())
    if isinstance(error, PermissionError) and getattr(error, "winerror", 0) in (5, 32):
        return "another program holds it: close it in Excel"
    return ENDED_BY.get(error.errno or 0, error.strerror or "it cannot be written")
