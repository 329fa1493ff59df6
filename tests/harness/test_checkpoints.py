"""A network's training that was interrupted goes on where it was."""

from pathlib import Path

import pytest

from mlstrat.errors import UsageError
from mlstrat.harness import find_recipe, train
from mlstrat.harness.train.run_files import csv_text
from mlstrat.harness.train.task import recipe_task
from mlstrat.harness.train.training import checkpoint_of

RECIPE = "lenet5"


@pytest.fixture(autouse=True)
def _torch():
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")


def interrupt_after(epochs):
    """Return a progress that interrupts at the epoch after so many."""
    told = []

    def progress(line):
        told.append(line)
        if line.startswith(f"epoch {epochs + 1} "):
            raise KeyboardInterrupt

    return told, progress


def small(**more):
    return {"knobs": {"epochs": 4, "n": 60}, "small": True, **more}


def test_the_same_command_goes_on_to_the_same_run():
    whole = train(RECIPE, **small(out=Path("whole")))
    told, progress = interrupt_after(2)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, **small(out=Path("run"), progress=progress))
    (checkpoint,) = Path("run").iterdir()
    assert told[-1] == f"interrupted: the same command goes on from {checkpoint}"

    again = []
    resumed = train(RECIPE, **small(out=Path("run"), progress=again.append))

    assert f"going on from {checkpoint}" in again
    assert not any(line.startswith("epoch 1 ") for line in again)
    assert csv_text(resumed) == csv_text(whole)
    assert sorted(p.name for p in Path("run").iterdir()) == [
        "model.safetensors", "run.csv", "run.toml",
    ]  # fmt: skip
    assert Path("run/model.safetensors").read_bytes() == (
        Path("whole/model.safetensors").read_bytes()
    )


def test_another_training_does_not_go_on_from_it():
    task = recipe_task(find_recipe(RECIPE), {"epochs": 4}, 0, small=True)
    other = recipe_task(find_recipe(RECIPE), {"epochs": 5}, 0, small=True)
    out = Path("run")

    names = {checkpoint_of(task, 0, out), checkpoint_of(task, 1, out), checkpoint_of(other, 0, out)}
    assert len(names) == 3
    assert checkpoint_of(task, 0, out) in names
    assert checkpoint_of(task, 0, None) is None


def test_a_folder_made_for_a_training_that_fails_goes():
    with pytest.raises(UsageError):
        train(RECIPE, knobs={"crops": 3}, small=True, out=Path("run"))
    assert not Path("run").exists()


def test_weights_can_be_left_out():
    train(RECIPE, **small(out=Path("run"), weights=False))

    assert sorted(p.name for p in Path("run").iterdir()) == ["run.csv", "run.toml"]
