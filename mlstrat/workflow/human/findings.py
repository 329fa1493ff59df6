"""What is to be known about the levels that people reach."""

from __future__ import annotations

from mlstrat.core.findings import Finding
from mlstrat.workflow.human.annotators import HumanLevels
from mlstrat.workflow.human.level import FEWEST_ANSWERS
from mlstrat.workflow.human.people import TRUSTED_AGREEMENT


def people_findings(levels: HumanLevels) -> list[Finding]:
    """Return the findings about people and the model beside them."""
    proxy, bar = levels.proxy, levels.bar
    evidence = {
        "proxy": proxy.name,
        "error": proxy.value,
        "bar": None if bar is None else bar.name,
        "bar_error": None if bar is None else bar.value,
    }
    out = [Finding("MLS330", evidence)]
    few = {
        s.name: s.error.n
        for s in levels.candidates
        if s.value < proxy.value and s.error.n is not None and s.error.n < FEWEST_ANSWERS
    }
    if few:
        out.append(Finding("MLS331", {"answers": few, "proxy": proxy.name}))
    if proxy.error.n is not None and proxy.error.n < FEWEST_ANSWERS:
        out.append(Finding("MLS212", {"name": proxy.name, "answers": proxy.error.n}))
    out += _model(levels)
    agreed = levels.agreement
    value = None if agreed is None else agreed.figure.value
    if agreed is not None and value is not None and value < TRUSTED_AGREEMENT:
        out.append(Finding("MLS334", {"method": agreed.method, "value": value}))
    if levels.tied:
        out.append(Finding("MLS335", {"proxy": proxy.name, "tied": list(levels.tied)}))
    if levels.ties:
        out.append(Finding("MLS338", {"ties": levels.ties}))
    return out


def _model(levels: HumanLevels) -> list[Finding]:
    """Return where the model stands: the bar and teams count as levels, too."""
    if not levels.versus or levels.model is None:
        return []
    by_answer = {
        answer: [v.name for v in levels.versus if v.beats == answer]
        for answer in ("yes", "no", "undecided")
    }
    evidence = {"model": levels.model.value, **by_answer}
    if by_answer["yes"] and (by_answer["no"] or by_answer["undecided"]):
        return [Finding("MLS332", evidence)]
    if by_answer["yes"]:
        return [Finding("MLS333", evidence)]
    return [Finding("MLS337", evidence)] if not by_answer["undecided"] else []
