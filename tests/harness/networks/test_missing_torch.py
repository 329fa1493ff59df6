"""Without PyTorch: one message with the line that installs it, and everything else works."""

import sys

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.architectures import describe_network
from mlstrat.harness.networks.fit import fit_network, network_options
from mlstrat.harness.networks.torch_needed import load_torch


@pytest.fixture(params=["torch", "safetensors"])
def missing(request, monkeypatch):
    """Make an import fail as if the package were not installed."""
    for name in list(sys.modules):
        if name.partition(".")[0] == request.param:
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, request.param, None)
    return request.param


def test_the_message_has_the_line_that_installs_it(missing):
    if missing == "torch":
        pytest.importorskip("safetensors")
    with pytest.raises(UsageError, match="networks need PyTorch and safetensors") as caught:
        load_torch()

    assert f"{missing} is not installed" in caught.value.message
    assert caught.value.hint.startswith("`pip install torch==")
    assert "CPU" in caught.value.hint


def test_training_says_so_before_any_work(missing):
    pictures, labels = np.zeros((4, 1, 32, 32), dtype=np.float32), np.array(["a", "b", "a", "b"])

    with pytest.raises(UsageError, match="is not installed"):
        fit_network("lenet5", network_options("lenet5", {}), pictures, labels, pictures, labels)


def test_describing_needs_none(missing):
    assert describe_network("lenet5").parameters == 61_706
