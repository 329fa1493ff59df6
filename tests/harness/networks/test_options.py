"""Options of networks: what is accepted, and what the message says."""

import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.fit import network_options
from mlstrat.harness.networks.options import DECAYS, NetworkOptions, rate_at


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("optimizer", "Adam", "adam"),
        ("decay", "exponental", "exponential"),
        ("augment", ("mirror", "rotat"), "rotate"),
        ("freeze", "al", "all"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name, value, nearest):
    with pytest.raises(UsageError) as caught:
        NetworkOptions(**{name: value})

    assert caught.value.message.startswith(f"{name} is ")
    assert nearest in caught.value.accepted
    assert caught.value.hint == f"did you mean {nearest!r}?"


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("dropout", 1.0), ("l2", -1), ("width", 0), ("ensemble", 0), ("clip", -1)],
)
def test_a_value_out_of_range(name, value):
    with pytest.raises(UsageError, match=f"{name} is {value}") as caught:
        NetworkOptions(**{name: value})

    assert " to " in caught.value.accepted


def test_crops_are_those_that_can_be_laid_out():
    with pytest.raises(UsageError, match="crops is 3") as caught:
        NetworkOptions(crops=3)

    assert caught.value.accepted == "1, 5, 9, 10"


def test_freezing_needs_weights_to_freeze():
    with pytest.raises(UsageError, match="no weights are lent"):
        NetworkOptions(freeze="all")


def test_an_option_that_an_architecture_has_no_use_for():
    with pytest.raises(UsageError, match="LeNet-5 has no use for the option 'depth'") as caught:
        network_options("lenet5", {"depth": 4})

    assert "width" in caught.value.accepted
    with pytest.raises(UsageError, match="1D convolution has no use for the option 'augment'"):
        network_options("conv1d", {"augment": ("mirror",)})


def test_what_is_given_stands_over_the_architectures_own_choice():
    assert network_options("vgg16", {}).epochs == 6
    assert network_options("vgg16", {"epochs": 2}).epochs == 2


@pytest.mark.parametrize(
    ("decay", "rates"),
    [
        ("none", [1.0, 1.0, 1.0]),
        ("inverse", [1.0, 1 / 2, 1 / 5]),  # 1 / (1 + epoch)
        ("exponential", [1.0, 0.95, 0.95**4]),  # the course's 0.95^epoch
        ("root", [1.0, 2**-0.5, 5**-0.5]),
        ("staircase", [1.0, 1.0, 0.25]),  # of eight epochs: halved after 2, 4 and 6
        ("cosine", [1.0, 0.9619, 0.5]),
    ],
)
def test_the_learning_rate_falls_by_name(decay, rates):
    options = NetworkOptions(learning_rate=1.0, decay=decay, epochs=8)

    assert [rate_at(options, epoch) for epoch in (0, 1, 4)] == pytest.approx(rates, abs=1e-4)
    assert decay in DECAYS
