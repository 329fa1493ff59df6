"""The course's cases of splits, through the public interface: S3, S4, S5, S6, S8, S10."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import mlstrat as ms


def images(**sources: int) -> pl.DataFrame:
    """Return a table of ids and sources of these sizes."""
    names = np.repeat(list(sources), list(sources.values()))
    return pl.DataFrame({"id": np.arange(len(names)), "source": names})


def codes(document) -> list[str]:
    return [f.code for f in document.findings if f.rule.severity == "issue"]


def test_s5_web_and_app_images():
    made = ms.split(images(web=200_000, app=10_000), target="app", dev=2500, test=2500)
    assert made.sizes == {
        "train": {"app": 5_000, "web": 200_000}, "dev": {"app": 2_500}, "test": {"app": 2_500},
    }  # fmt: skip
    option_1 = made.to_dict()["option_1"]
    assert option_1["dev_by_source"] == {"web": 2381, "app": 119}
    assert (option_1["train"], option_1["dev"], option_1["test"]) == (205_000, 2_500, 2_500)
    assert round(100 * option_1["share_by_source"]["web"], 1) == 95.2
    assert round(100 * option_1["share_by_source"]["app"], 1) == 4.8
    shown = " ".join(made.to_text().split())
    assert "Dev and test are of app only, 2,500 rows each; train has 205,000." in shown
    assert "dev would hold 2,381 web and 119 app: 95.2% of it would not be the target" in shown
    assert [f.code for f in made.findings] == ["MLS352"]


def test_s6_both_options_of_the_rear_view_mirror():
    speech = images(other=500_000, rearview=20_000)
    a = ms.split(speech, target="rearview", dev=10_000, test=10_000)
    assert a.totals == {"train": 500_000, "dev": 10_000, "test": 10_000}
    b = ms.split(speech, target="rearview", dev=5_000, test=5_000)
    assert b.totals == {"train": 510_000, "dev": 5_000, "test": 5_000}
    assert b.sizes["train"]["rearview"] == 10_000
    assert set(b.sizes["dev"]) == set(b.sizes["test"]) == {"rearview"}


def test_s8_citizens_go_to_train_alone():
    """A hundredth of 10 million and 1 million images."""
    city = images(city=100_000, citizens=10_000)
    made = ms.split(city, target="city", dev=2_000, test=2_000)
    assert made.sizes["train"]["citizens"] == 10_000
    assert set(made.sizes["dev"]) == set(made.sizes["test"]) == {"city"}
    added = pl.concat([
        images(city=100_000).with_columns(split=pl.Series(["train"] * 96_000 + ["dev"] * 2_000 +
                                                          ["test"] * 2_000)),
        images(citizens=10_000).with_columns(pl.col("id") + 100_000, split=pl.lit("test")),
    ])  # fmt: skip
    found = ms.check_split(added, target="city")
    assert {"MLS354", "MLS355"} <= set(codes(found))
    (wrong,) = [f.evidence for f in found.findings if f.code == "MLS355"]
    assert wrong["rows"] == {"test": {"citizens": 10_000}}


def test_s10_house_addresses():
    made = ms.split(images(other=500_000, addresses=20_000), target="addresses",
                    dev=5_000, test=5_000)  # fmt: skip
    assert made.totals["dev"] + made.totals["test"] == 10_000
    assert made.totals["train"] == 510_000


REGIONS = ["US", "UK", "Other Europe", "South America", "India", "China", "Other Asia", "Australia"]


def test_s3_four_regions_in_dev_and_four_in_test():
    table = images(**dict.fromkeys(REGIONS, 1_000)).rename({"source": "region"})
    halves = table.with_columns(
        split=pl.when(pl.col("region").is_in(REGIONS[:4])).then(pl.lit("dev"))
        .otherwise(pl.lit("test"))
    )  # fmt: skip
    found = ms.check_split(halves, source_column="region")
    assert codes(found) == ["MLS354"]
    (finding,) = [f for f in found.findings if f.code == "MLS354"]
    assert finding.evidence["differences"] == [{"by": "source", "distance": 1.0, "p_value": 1e-4}]
    assert finding.rule.next_steps[0] == "shuffle all of their sources into both dev and test"
    # The fix, made: all regions are the target, each in both.
    made = ms.split(table, stratify="region", dev=2_000, test=2_000, output="fixed.parquet")
    assert made.totals == {"train": 4_000, "dev": 2_000, "test": 2_000}
    again = ms.check_split("fixed.parquet", source_column="region", target=REGIONS)
    assert codes(again) == []
    assert again.sizes["dev"] == again.sizes["test"] == dict.fromkeys(sorted(REGIONS), 250)


def test_s4_dev_of_medium_incomes_and_test_of_low_ones():
    loans = images(medium=2_000, low=2_000).with_columns(
        split=pl.when(pl.col("source") == "medium").then(pl.lit("dev")).otherwise(pl.lit("test"))
    )
    found = ms.check_split(loans, target="low")
    assert codes(found) == ["MLS354", "MLS355"]
    assert "tuning on dev optimises the wrong target" in " ".join(
        ms.explain("MLS354").to_text().split()
    )
    assert "100.0% of dev is not low (2,000 medium)." in found.to_text()


def test_the_same_inputs_give_the_same_bytes():
    table = images(web=2_000, app=100)
    one, two = (ms.split(table, target="app", dev=20, test=20).to_json() for _ in "12")
    assert one == two
    assert json.loads(one)["schema"] == "mlstrat.split/1"


@pytest.mark.slow
def test_s8_at_its_full_size():
    made = ms.split(images(city=10_000_000, citizens=1_000_000), target="city",
                    dev=10_000, test=10_000)  # fmt: skip
    assert made.sizes["train"]["citizens"] == 1_000_000
    assert made.sizes["dev"] == made.sizes["test"] == {"city": 10_000}
