"""Networks in figures: those that were published, and what does not fit."""

import subprocess
import sys

import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.architectures import NETWORKS, describe_network, find_network, scaled
from mlstrat.harness.networks.options import NetworkOptions

FAMILIES = ("lenet5", "alexnet", "vgg16", "resnet", "plain", "nin", "inception")


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [
        ("lenet5", 61_706),  # about 60 thousand
        ("alexnet", 62_378_344),  # about 60 million
        ("vgg16", 138_357_544),  # about 138 million
        ("resnet", 853_018),  # 0.85 million, table 6 of the paper
        ("plain", 853_018),  # shortcuts have no parameters
        ("nin", 966_986),
        ("inception", 6_998_552),  # seven million
    ],
)
def test_the_classic_figures(architecture, parameters):
    assert describe_network(architecture, full_size=True).parameters == parameters


def test_multiply_adds_of_networks_as_published():
    """0.7 billion for two separate halves of AlexNet's, 1.1 undivided; 15.5; 1.6 billion."""
    costs = [describe_network(a, full_size=True).multiply_adds for a in
             ("alexnet", "vgg16", "inception")]  # fmt: skip

    assert costs == [1_135_256_096, 15_470_264_320, 1_582_671_872]


def test_the_shapes_of_lenet():
    rows = describe_network("lenet5").rows
    shapes = [row.output for row in rows if row.title.startswith(("conv", "mean", "dense"))]

    assert shapes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
    assert [row.field for row in rows if row.field][-1] == (16, 16)


def test_the_shapes_of_alexnet():
    rows = describe_network("alexnet", full_size=True).rows
    shapes = [row.output for row in rows if row.title.startswith(("conv", "max"))]

    assert shapes == [
        (96, 55, 55), (96, 27, 27), (256, 27, 27), (256, 13, 13),
        (384, 13, 13), (384, 13, 13), (256, 13, 13), (256, 6, 6),
    ]  # fmt: skip


def test_vgg_doubles_its_filters_and_halves_its_pictures():
    rows = describe_network("vgg16", full_size=True).rows
    pools = [row.output for row in rows if row.title.startswith("max pool")]

    assert pools == [(64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]
    assert sum(row.parameters > 0 for row in rows) == 16


def test_modules_of_inception_as_published():
    rows = describe_network("inception", full_size=True).rows
    modules = [row.output for row in rows if row.title == "4 branches"]

    assert modules[:3] == [(256, 28, 28), (480, 28, 28), (512, 14, 14)]
    assert modules[-1] == (1024, 7, 7)


def test_without_bottlenecks_inception_costs_several_times_as_much():
    narrow, wide = describe_network("inception"), describe_network("inception_naive")

    assert wide.parameters > 3 * narrow.parameters
    assert wide.multiply_adds > 3 * narrow.multiply_adds


@pytest.mark.parametrize("architecture", NETWORKS)
def test_every_network_fits_what_the_recipes_feed_it(architecture):
    table = describe_network(architecture)

    assert table.rows[-1].output == (table.scale.classes,)
    assert table.parameters == sum(row.parameters for row in table.rows if not row.level)
    assert describe_network(architecture, full_size=True).parameters >= table.parameters


@pytest.mark.parametrize("architecture", NETWORKS)
def test_options_of_a_network_are_options(architecture):
    network = find_network(architecture)

    assert set(network.knobs) <= set(vars(NetworkOptions()))
    assert set(network.defaults) <= set(network.knobs)
    assert NetworkOptions(**network.defaults)


@pytest.mark.parametrize("architecture", FAMILIES)
def test_width_scales_the_filters(architecture):
    scale = NETWORKS[architecture].full
    half = describe_network(architecture, scale=scaled(scale, width=0.5))
    full = describe_network(architecture, scale=scale)

    # Weights lie between two layers, so half the width is about a quarter of them.
    assert 0.2 < half.parameters / full.parameters < 0.35
    assert half.rows[-1].output == full.rows[-1].output


@pytest.mark.parametrize("architecture", ["vgg16", "resnet", "plain", "nin", "conv1d", "conv3d"])
def test_batch_norm_is_there_or_not(architecture):
    for on in (True, False):
        scale = scaled(NETWORKS[architecture].scale, batch_norm=on)
        titles = {row.title for row in describe_network(architecture, scale=scale).rows}
        assert ("batch norm" in titles) == on


@pytest.mark.parametrize(
    "architecture",
    [name for name, row in NETWORKS.items() if "dropout" in row.knobs],
)
def test_dropout_is_there_where_it_is_an_option(architecture):
    scale = scaled(NETWORKS[architecture].scale, dropout=0.3)

    titles = [row.title for row in describe_network(architecture, scale=scale).rows]

    assert "dropout 0.3" in titles


@pytest.mark.parametrize("depth", [8, 20, 56])
def test_a_resnet_has_6n_plus_2_layers(depth):
    table = describe_network("resnet", scale=scaled(NETWORKS["resnet"].scale, depth=depth))
    weighted = [row for row in table.rows if row.title.startswith(("conv", "dense"))]

    assert len(weighted) == depth


@pytest.mark.parametrize(("architecture", "depth"), [("resnet", 18), ("inception", 10)])
def test_a_depth_that_a_network_does_not_have(architecture, depth):
    scale = scaled(NETWORKS[architecture].scale, depth=depth)

    with pytest.raises(UsageError, match=f"a depth of {depth}") as caught:
        describe_network(architecture, scale=scale)

    assert caught.value.accepted


def test_pictures_that_are_too_small():
    with pytest.raises(UsageError, match="does not fit a side of"):
        describe_network("lenet5", scale=scaled(NETWORKS["lenet5"].scale, input=(1, 8, 8)))


def test_an_unknown_network_names_the_nearest():
    with pytest.raises(UsageError, match="no network 'LeNet-5'") as caught:
        find_network("LeNet-5")

    assert caught.value.hint == "did you mean 'lenet5'?"
    assert "vgg16" in caught.value.accepted


def test_describing_loads_nothing_heavy():
    code = (
        "import sys; from mlstrat.harness.networks.architectures import describe_network as d;"
        "d('vgg16', full_size=True);"
        "print([m for m in ('numpy', 'torch', 'sklearn', 'pandas') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
