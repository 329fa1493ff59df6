"""What is inside a network: kernels beside edges, and what moves a unit, at its place."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.datasets.own_pictures import Found, decode
from mlstrat.harness.predict.inside import edge_filters, inside_of, kernels_of

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")
pytestmark = pytest.mark.usefixtures("typed")


def saved(
    folder: Path, architecture: str = "lenet5", side: int = 32, channels: int = 1, **how: int
):
    """Write a network as it starts, as the run of a recipe would hold it."""
    from mlstrat.harness.networks.architectures import find_network
    from mlstrat.harness.networks.build import build
    from mlstrat.harness.networks.convolutional import Scale
    from mlstrat.harness.networks.fitted import FittedNetwork

    folder.mkdir(exist_ok=True)
    scale = Scale((channels, side, side), 3, **how)
    torch.manual_seed(0)
    module = build(find_network(architecture).layers(scale), scale.input).eval()
    with torch.no_grad():
        first = next((x for x in module.parameters() if x.ndim == 4), None)
        if first is not None:
            vertical, horizontal = map(torch.from_numpy, edge_filters(*first.shape[2:]))
            first[0] = 0.2 * vertical
            first[1] = 0.3 * (vertical - horizontal) + 7.0
    network = FittedNetwork(architecture, scale, ("a", "b", "c"), [module],
                            torch.zeros(channels), torch.ones(channels), 1, {})  # fmt: skip
    network.save(folder)
    return network


def pictures(folder: Path, side: int = 32) -> Path:
    """Write pictures of noise with one bright square each, by its colour in a folder."""
    rng = np.random.default_rng(0)
    for i in range(24):
        (folder / "rgb"[i % 3]).mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 120, (side, side, 3))
        y, x = rng.integers(0, side - 8, 2)
        noise[y : y + 8, x : x + 8, i % 3] = 255
        Image.fromarray(noise.astype(np.uint8)).save(folder / "rgb"[i % 3] / f"{i}.png")
    return folder


def test_an_edge_is_told_with_its_angle(tmp_path: Path) -> None:
    saved(tmp_path)
    found = kernels_of(tmp_path)
    assert found.weights.shape == (6, 1, 5, 5)
    assert found.edges[:2] == pytest.approx([1, 1], abs=1e-5)
    assert found.angles[:2] == pytest.approx([0, 315], abs=0.01)
    assert (found.edges[2:] < 0.9).all()
    drawn = ms.plot("filters", tmp_path)
    assert drawn.title.startswith("2 of the 6 kernels")
    assert drawn.records()[1]["kernel"] == 2
    assert drawn.signature.inputs[0]["path"].endswith("model.safetensors")
    assert drawn.picture.to_bytes("svg") == drawn.picture.to_bytes("svg")


NETWORKS = [
    ("lenet5", {}), ("resnet", {"depth": 8}), ("inception", {"depth": 2, "width": 0.1}),
    ("vgg16", {"width": 0.05}), ("alexnet", {"width": 0.1}),
]  # fmt: skip


@pytest.mark.parametrize(("architecture", "how"), NETWORKS)
def test_an_answer_depends_on_the_pixels_of_its_patch_alone(architecture: str, how: dict) -> None:
    from mlstrat.harness.networks.architectures import fields_of, find_network
    from mlstrat.harness.networks.build import build
    from mlstrat.harness.networks.convolutional import Scale

    scale = Scale((1, 64, 64), 3, **how)
    layers = find_network(architecture).layers(scale)
    torch.manual_seed(0)
    module = build(layers, scale.input).eval()
    seen = 0
    for place, seeing in enumerate(fields_of(layers, scale.input)):
        if seeing is None:
            continue
        field, start = seeing
        picture = torch.rand(1, 1, 64, 64, requires_grad=True)
        out = module[: place + 1](picture)
        row, column = (n // 2 for n in out.shape[2:])
        out[0, :, row, column].pow(2).sum().backward()
        moved = torch.nonzero(picture.grad[0, 0])
        for axis, at in enumerate((row, column)):
            low = start + at * field.jump
            assert low <= moved[:, axis].min()
            assert moved[:, axis].max() < low + field.size
        seen += 1
    assert seen >= 2


@pytest.mark.parametrize("channels", [1, 3])
def test_the_strongest_patch_gives_the_highest_answer_of_all_pictures(
    tmp_path: Path, channels: int
) -> None:
    network = saved(tmp_path / "run", channels=channels)
    media = pictures(tmp_path / "media")
    found = inside_of(tmp_path / "run", media)
    assert found.pictures == 24
    files = sorted(media.rglob("*.png"))
    every = decode([Found(p.name, p, "") for p in files], 32, channels, skip_broken=False).pixels
    conv = network.members[0][0]
    with torch.no_grad():
        answers = conv(torch.from_numpy(every)).amax(dim=(2, 3))
    for unit in found.layers[0].units:
        assert (
            answers[list(unit.pictures), unit.number].tolist()
            == sorted(answers[:, unit.number].tolist(), reverse=True)[:9]
        )
        patch = unit.patches[0] if channels > 1 else unit.patches[0][..., None]
        weight = conv.weight[unit.number].detach()
        again = (torch.from_numpy(patch).permute(2, 0, 1) * weight).sum() + conv.bias[unit.number]
        assert float(again.detach()) == pytest.approx(
            float(answers[:, unit.number].max()), abs=1e-4
        )
        assert unit.labels == tuple(files[i].parent.name for i in unit.pictures)


def test_a_recipe_knows_its_own_pictures(tmp_path: Path) -> None:
    saved(tmp_path)
    with pytest.raises(UsageError, match="nobody knows the pictures"):
        ms.plot("patches", tmp_path)
    (tmp_path / "run.toml").write_text('[run]\nrecipe = "lenet5"\nseed = 0\n')
    drawn = ms.plot("patches", tmp_path)
    assert "499 pictures of dev of lenet5" in drawn.alt_text
    assert {x["layer"] for x in drawn.records()} == {1, 4}
    assert drawn.picture.to_bytes("png").startswith(b"\x89PNG")


def test_what_has_no_kernels_is_refused(tmp_path: Path) -> None:
    for kind in ("filters", "patches"):
        with pytest.raises(InputError, match="not the folder of a run"):
            ms.plot(kind, tmp_path / "none")
        with pytest.raises(InputError, match="holds no weights"):
            ms.plot(kind, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match="no weights that mlstrat wrote"):
        ms.plot("filters", tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "model.skops")
    with pytest.raises(UsageError, match="no convolution"):
        ms.plot("patches", tmp_path)
    saved(dense := tmp_path / "dense", "dense", side=4, depth=1)
    with pytest.raises(UsageError, match="no convolution"):
        ms.plot("filters", dense)
    saved(tmp_path / "run")
    with pytest.raises(InputError, match="no such folder"):
        ms.plot("patches", tmp_path / "run", media=tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no pictures"):
        ms.plot("patches", tmp_path / "run", media=tmp_path / "empty")
    with pytest.raises(UsageError, match="weights are read from a folder"):
        ms.plot("filters", {"label": ["a"]})
    with pytest.raises(UsageError, match="does not belong to the figure 'filters'"):
        ms.plot("filters", tmp_path / "run", confidence=0.9)


def test_without_pytorch_the_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match="need PyTorch") as told:
        ms.plot("filters", tmp_path)
    assert "pip install" in str(told.value)
