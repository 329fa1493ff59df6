"""BrokenOffError, diverged, damaged: what is kept, and how training goes on."""

import numpy as np
import pytest

from mlstrat.errors import InputError, UsageError
from mlstrat.harness.networks import loop
from mlstrat.harness.networks.fit import fit_network, network_options
from mlstrat.harness.networks.fitted import WEIGHTS, load_network

torch = pytest.importorskip("torch")


class BrokenOffError(Exception):
    """As Ctrl-C would."""


def fit(bars, *, path=None, stop_at=None, seed=0, **options):
    """Train; with ``stop_at``, break off once so many lines were told."""
    pictures, labels = bars
    told = []

    def tell(line):
        told.append(line)
        if len(told) == stop_at:
            raise BrokenOffError

    given = {"epochs": 4, "batch_size": 25, "learning_rate": 0.003, **options}
    return fit_network(
        "nin", network_options("nin", {"width": 0.05, **given}), pictures[:100], labels[:100],
        pictures[100:], labels[100:], seed=seed, checkpoint=path, progress=tell,
    ), told  # fmt: skip


def bytes_of(fitted, folder):
    folder.mkdir(exist_ok=True)
    fitted.save(folder)
    return (folder / WEIGHTS).read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        {}, {"optimizer": "momentum", "dropout": 0.3, "decay": "staircase"},
        {"optimizer": "rmsprop", "augment": ("mirror", "crop")}, {"early_stopping": 2},
        {"ensemble": 2, "optimizer": "sgd"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("stop_at", [1, 3])
def test_an_interrupted_training_goes_on_to_the_same_bytes(bars, tmp_path, options, stop_at):
    path = tmp_path / "checkpoint-1.safetensors"
    whole, _ = fit(bars, **options)
    with pytest.raises(BrokenOffError):
        fit(bars, path=path, stop_at=stop_at, **options)

    resumed, told = fit(bars, path=path, **options)

    assert bytes_of(resumed, tmp_path / "a") == bytes_of(whole, tmp_path / "b")
    assert f"epoch {stop_at + 1} of 4" in told[0]  # what was done is not done again


def test_what_is_kept_is_whole_and_never_pickle(bars, tmp_path):
    path = tmp_path / "checkpoint-1.safetensors"

    fit(bars, path=path)

    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    tensors, about = loop.read_tensors(path)
    assert about["schema"] == "mlstrat.checkpoint/1"
    assert about["epoch"] == 4
    assert len(about["train_losses"]) == 4
    assert {name.partition(".")[0] for name in tensors} == {"model", "optimizer"}


@pytest.mark.parametrize("change", [{"seed": 1}, {"l2": 0.1}, {"epochs": 5}], ids=str)
def test_a_checkpoint_of_another_training_is_not_gone_on_with(bars, tmp_path, change):
    path = tmp_path / "checkpoint-1.safetensors"
    fit(bars, path=path)

    with pytest.raises(UsageError, match="of another training"):
        fit(bars, path=path, **change)
    with pytest.raises(UsageError, match="of another training"):
        fit((bars[0] * 0.9, bars[1]), path=path)


def test_a_damaged_checkpoint_is_no_traceback(bars, tmp_path):
    path = tmp_path / "checkpoint-1.safetensors"
    fit(bars, path=path)
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(InputError, match="no weights that mlstrat wrote"):
        fit(bars, path=path)


def test_a_full_disk(bars, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint-1.safetensors"
    with pytest.raises(BrokenOffError):
        fit(bars, path=path, stop_at=1)
    kept = path.read_bytes()

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)

    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        fit(bars, path=path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == kept


def test_a_loss_that_is_no_number_stops_and_says_where(bars, tmp_path):
    path = tmp_path / "checkpoint-1.safetensors"
    options = {"optimizer": "sgd", "batch_norm": False, "decay": "none"}
    with pytest.raises(BrokenOffError):
        fit(bars, path=path, stop_at=1, learning_rate=900.0, clip=1e-9, **options)
    kept = path.read_bytes()

    with pytest.raises(UsageError, match=r"the loss is (nan|inf) at step") as caught:
        fit(bars, learning_rate=900.0, **options)

    assert "training stopped" in caught.value.message
    assert "too high a learning rate: it is 900, try 90, or clip" in caught.value.hint
    assert path.read_bytes() == kept


def test_the_checkpoint_before_the_divergence_is_kept(bars, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint-1.safetensors"

    def rate_at(_, epoch):
        return 1e30 if epoch == 2 else 0.001

    monkeypatch.setattr(loop, "rate_at", rate_at)

    with pytest.raises(UsageError, match="in epoch 3: training stopped") as caught:
        fit(bars, path=path, optimizer="sgd", batch_norm=False)

    assert caught.value.file == str(path)
    assert "the checkpoint of epoch 2 is kept" in caught.value.hint
    tensors, about = loop.read_tensors(path)
    assert about["epoch"] == 2
    assert all(bool(torch.isfinite(t).all()) for t in tensors.values())


def test_weights_come_back_from_disk(bars, tmp_path):
    fitted, _ = fit(bars, ensemble=2, crops=5)
    fitted.save(tmp_path)

    again = load_network(tmp_path)

    assert (again.classes, again.architecture, again.crops) == (fitted.classes, "nin", 5)
    assert again.size_bytes == fitted.size_bytes
    assert dict(again.notes) == dict(fitted.notes)
    np.testing.assert_array_equal(again.predict_proba(bars[0]), fitted.predict_proba(bars[0]))


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(InputError, match="no weights that mlstrat wrote"):
        load_network(tmp_path)


def test_weights_that_do_not_fit_their_network(bars, tmp_path):
    fitted, _ = fit(bars)
    fitted.save(tmp_path)
    tensors, about = loop.read_tensors(tmp_path / WEIGHTS)
    loop.write_tensors(
        tmp_path / WEIGHTS, tensors, {**about, "scale": {**about["scale"], "width": 0.1}}
    )

    with pytest.raises(InputError, match="do not fit the network"):
        load_network(tmp_path)
