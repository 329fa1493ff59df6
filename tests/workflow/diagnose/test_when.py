"""The "when" of every rule of the ladder, executed: what is said is what the figures give."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

import mlstrat as ms

UNSEEN = ("train-dev", "dev", "test")

CODES = {"avoidable_bias": "MLS101", "variance": "MLS102", "data_mismatch": "MLS103",
         "dev_overfit": "MLS104"}  # fmt: skip


def said_by_the_rules(  # noqa: PLR0912 (one branch a rule)
    found: Mapping[str, Any], options: Mapping[str, Any]
) -> set[str]:
    """Return the codes whose "when" holds, read off the levels, gaps and the verdict."""
    levels = {x["level"]: x for x in found["levels"]}
    gaps = {g["gap"]: g for g in found["gaps"]}
    verdict, codes = found["verdict"], set()
    counted = any(x["n"] for name, x in levels.items() if name != "human")
    if verdict in ("focus", "contested"):
        codes |= {CODES[name] for name in found["focus"]}
    if verdict == "small":
        codes.add("MLS112")
    if "variance_or_mismatch" in gaps:
        codes.add("MLS105")
    if "train" not in levels or not levels.keys() & set(UNSEEN):
        codes.add("MLS116")

    def falls(gap: Mapping[str, Any]) -> bool:
        both = [levels[gap[end]]["n"] for end in ("from", "to")]
        return gap["value"] < -1e-9 and (gap["resolved"] is True if any(both) else True)

    human = levels.get("human", {}).get("error")
    people = ("train-dev",) if options.get("different_distributions") else UNSEEN
    unseen = next((levels[x] for x in people if x in levels), None)
    bounded = [g for g in found["gaps"] if g["from"] == "human" and "bounds" in g]
    surpassed = (
        human is not None and unseen is not None and unseen["error"] < human - 1e-9
        and (not counted or unseen["ci"] is None or unseen["ci"][1] < human)
    )  # fmt: skip
    if surpassed:
        codes.add("MLS111")
    elif human is None and bounded and verdict == "insufficient":
        codes.add("MLS110")
    elif human is not None and "train" in levels and levels["train"]["error"] < human - 1e-9:
        codes.add("MLS107")
    for name, gap in gaps.items():
        if gap["value"] is not None and not (surpassed and gap["from"] == "human") and falls(gap):
            if name == "data_mismatch":
                codes.add("MLS113")
            elif name != "avoidable_bias":
                codes.add("MLS119")
    if any(g["resolved"] is False for g in found["gaps"]):
        codes.add("MLS114")
    if found["to_settle"] is not None and "variance_or_mismatch" not in gaps:
        codes.add("MLS115")
    return codes


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("counts", [False, True], ids=["typed", "counted"])
def test_what_is_said_is_what_the_rules_say(counts: bool, seed: int):
    rng = random.Random(seed)
    seen: set[str] = set()
    for _ in range(100):
        names = [x for x in ("train", "train_dev", "dev", "test") if rng.random() < 0.8]
        options: dict[str, Any] = {"different_distributions": rng.random() < 0.3}
        for name in names:
            n, wrong = rng.choice([100, 400, 2000]), rng.choice([0.005, 0.03, 0.08, 0.2])
            options[name] = f"{round(n * wrong)}/{n}" if counts else f"{100 * wrong:g}%"
        if rng.random() < 0.8:
            options["human"] = rng.choice(["0%", "1%", "5%", "10%"])
        if len(options) == 1:
            continue
        found = ms.gaps(**options, resamples=100).to_dict()
        codes = {f["code"] for f in found["findings"]}
        assert codes == said_by_the_rules(found, options), (options, found["verdict"])
        seen |= codes
    assert {"MLS101", "MLS102", "MLS103", "MLS107", "MLS110", "MLS111", "MLS116"} <= seen
