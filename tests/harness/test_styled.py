"""Pictures brought near others by content and style cost: what they promise, by seed."""

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import train
from mlstrat.harness.datasets import load_examples
from mlstrat.harness.datasets.digit_pictures import enlarged
from mlstrat.harness.datasets.tables import digits
from mlstrat.harness.recipes.recipe import Dataset

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from mlstrat.harness.datasets.digit_pictures import WOVEN_SIDE, gram, styled, weave  # noqa: E402


def drawn(rows=40, seed=0, **options):
    given = {"synthesised": 24, "styles": 3, "steps": 2, **options}
    return load_examples(Dataset("styled_digits", "", rows, options=given), seed)


def test_a_gram_matrix_is_how_channels_go_together():
    layer = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])
    assert gram(layer).tolist() == [[[2.5, 0.5], [0.5, 5.0]]]


def test_what_is_synthesised_comes_nearer_in_style_and_stays_what_it_is():
    random = np.random.default_rng(0)
    content = enlarged(digits(Dataset("digits", "", 0), 0).features[:6], WOVEN_SIDE)
    style = weave(np.zeros_like(content), random)
    made = styled(content, style, 30, np.random.default_rng(1))

    def spectrum(pictures):
        return np.abs(np.fft.fft2(pictures[:, 0]))[:, :8, :8].reshape(6, -1)[:, 1:]

    apart = [np.abs(spectrum(x) - spectrum(style)).mean() for x in (content, made)]
    assert apart[1] < 0.9 * apart[0]
    alike = np.corrcoef([x.ravel() for x in (content, made, style)])[0]
    assert alike[1] > 0.4 > alike[2]  # still a digit, and not the picture of the style
    assert 0 <= made.min() < made.max() <= 1
    assert (styled(content, style, 0, np.random.default_rng(1)) == content).all()


def test_each_is_made_from_one_of_so_many_pictures_and_no_digit_is_both():
    found, again = drawn(), drawn()
    assert (found.features == again.features).all()
    assert found.sources.tolist() == ["synthesised"] * 24 + ["woven"] * 16
    assert set(found.slices["style"][:24]) == {"style-0", "style-1", "style-2"}
    assert set(found.slices["style"][24:]) == {""}
    assert (drawn(seed=1).labels != found.labels).any()


def test_another_seed_shows_it_and_a_check_counts_the_styles(tmp_path):
    train("style_synthesis", small=True, seed=1, out=tmp_path / "run", weights=False)
    assert ms.diagnose(tmp_path / "run" / "run.csv").focus == ("data_mismatch",)

    found = ms.check_split(tmp_path / "run" / "run.csv", synthesis_source="style")
    told = next(x for x in found.findings if x.code == "MLS870")
    assert told.evidence["sources"] == 3
