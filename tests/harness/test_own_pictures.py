"""A model on a user's own pictures: decoded, resized, and skipped where they are broken."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.datasets.own_pictures import Found, decode, find_pictures

train_all = partial(ms.train, with_test=True)

pytestmark = pytest.mark.usefixtures("typed")


FOREST = "random_forest"


def picture(path, mode="L", size=(32, 32), bright=200):
    """A square that is bright on the left, or on the right, by the folder's name."""
    pixels = np.zeros((size[1], size[0]), np.uint8)
    half = size[0] // 2
    pixels[:, :half] = bright if Path(path).parent.name == "left" else 0
    pixels[:, half:] = bright if Path(path).parent.name == "right" else 0
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture
def pictures(empty_folder):
    for side in ("left", "right"):
        for i in range(20):
            picture(f"pictures/{side}/{i}.png", bright=100 + 5 * i)
    return Path("pictures")


def test_a_folder_a_class(pictures):
    document = train_all("pictures", model=FOREST, out="run")
    run = pd.read_csv("run/run.csv")

    assert sum(document.rows.values()) == 40
    assert document.errors["test"] == 0
    assert set(run["label"]) == {"left", "right"}
    assert run["id"].str.match(r"^(left|right)/\d+\.png$").all()
    assert document.remarks == ()
    assert document.command == "mlstrat train pictures --model random_forest --seed 0"


def test_folders_of_splits_are_honoured(empty_folder):
    for split, n in (("train", 12), ("val", 6), ("test", 4)):
        for side in ("left", "right"):
            for i in range(n):
                picture(f"pictures/{split}/{side}/{i}.png")
    document = train_all("pictures", model=FOREST)

    assert document.rows == {"train": 24, "dev": 12, "test": 8}
    assert "its own folders" in document.dataset


def test_a_table_of_paths_and_labels(pictures):
    rows = [(f"{side}/{i}.png", side) for side in ("left", "right") for i in range(20)]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv("pictures/list.csv", index=False)
    for model in (FOREST, "sklearn.neighbors.KNeighborsClassifier"):
        document = train_all("pictures/list.csv", model=model)
        assert document.dataset.startswith("pictures of pictures/list.csv")
        assert document.errors["dev"] == 0

    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    seen = train_all("pictures/list.csv", epochs=1, out="run")
    assert seen.model.startswith("LeNet-5")
    assert set(pd.read_csv("run/run.csv")["id"]) == {path for path, _ in rows}


def test_among_other_columns_paths_are_left_out_and_said(empty_folder):
    pd.DataFrame({
        "path": np.resize(["a.png", "b.png"], 40), "x": np.arange(40) * 1.5,
        "label": np.resize(["a", "b"], 40),
    }).to_csv("list.csv", index=False)  # fmt: skip
    document = train_all("list.csv", model="decision_tree", out="run")

    assert document.remarks == (
        "left out the column 'path' (names of files, which say nothing of what is in them)",
    )
    assert Path("run/run.csv").read_text().startswith("id,split,label,prediction,prob_a,prob_b\n")


def test_mixed_sizes_and_modes_are_made_one_and_said(pictures):
    picture("pictures/left/wide.png", size=(60, 30))
    picture("pictures/left/colour.png", mode="RGB")
    document = train_all("pictures", model=FOREST)

    assert document.remarks == (
        "resized 1 picture to 32×32, of 32×32, 60×30", "gave 41 grey pictures three equal channels",
    )  # fmt: skip


def test_broken_pictures_are_named_and_counted_and_may_be_skipped(pictures):
    Path("pictures/left/cut.png").write_bytes(Path("pictures/left/1.png").read_bytes()[:40])
    Path("pictures/left/text.png").write_text("no picture at all")
    Path("pictures/left/notes.txt").write_text("not even called one")
    with pytest.raises(
        InputError, match=r"2 of 42 pictures cannot be decoded: left/cut\.png"
    ) as one:
        train_all("pictures", model=FOREST, out="run")
    assert "--skip-broken" in one.value.hint
    assert not Path("run").exists()

    document = train_all("pictures", model=FOREST, skip_broken=True, out="run")
    assert sum(document.rows.values()) == 40
    assert document.remarks[0] == "left out 1 file, not called like pictures"
    assert document.remarks[1].startswith("left out 2 pictures that cannot be decoded: left/cut")
    assert document.command.endswith("--skip-broken --seed 0")


def test_only_broken_pictures_are_no_data(empty_folder):
    for side in ("left", "right"):
        Path(side).mkdir()
        for i in range(8):
            Path(side, f"{i}.png").write_text("x")
    with pytest.raises(InputError, match="16 of 16 pictures cannot be decoded"):
        train_all(".", model=FOREST, skip_broken=True)


def test_a_class_of_one_is_refused(pictures):
    picture("pictures/above/0.png")
    with pytest.raises(InputError, match=r"'above' \(1\)"):
        train_all("pictures", model=FOREST)


def test_folders_that_hold_no_pictures(empty_folder):
    Path("pictures").mkdir()
    with pytest.raises(InputError, match="holds no folders"):
        train_all("pictures", model=FOREST)
    Path("pictures/left").mkdir()
    with pytest.raises(InputError, match="no pictures in its folders"):
        train_all("pictures", model=FOREST)


def test_a_path_may_not_lead_out_of_the_tables_folder(pictures):
    rows = [(f"../{i}.png", "left") for i in range(9)]
    rows += [(f"right/{i}.png", "right") for i in range(9)]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv("pictures/list.csv", index=False)
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    with pytest.raises(InputError, match="leads out of the table's folder") as caught:
        train_all("pictures/list.csv", model="lenet5")
    assert caught.value.row == 2


def test_a_picture_of_too_many_pixels_is_not_decoded(empty_folder, monkeypatch):
    from mlstrat.harness.datasets import own_pictures

    monkeypatch.setattr(own_pictures, "MOST_PIXELS", 1000)
    picture("left/0.png", size=(40, 40))
    picture("left/1.png", size=(20, 20))
    found = [Found(name, Path(name), "left") for name in ("left/0.png", "left/1.png")]
    made = decode(found, 16, None, skip_broken=True)

    assert made.kept.tolist() == [1]
    assert "40×40 pixels" in made.said[0]


def test_pixels_are_as_they_were_drawn(empty_folder):
    picture("left/0.png", bright=255)
    Image.fromarray(np.full((32, 32), 40_000, np.uint16)).save("left/deep.png")
    (grey, deep) = (
        decode([Found(n, Path(n), "left")], 32, 1, skip_broken=False).pixels
        for n in ("left/0.png", "left/deep.png")
    )

    assert grey.shape == (1, 1, 32, 32)
    np.testing.assert_allclose(grey[0, 0, :, :16], 1)
    np.testing.assert_allclose(grey[0, 0, :, 16:], 0)
    assert (deep == deep[0, 0, 0, 0]).all()
    colour = decode([Found("0", Path("left/0.png"), "left")], 32, 3, skip_broken=False)
    assert colour.pixels.shape == (1, 3, 32, 32)


def test_options_of_tables_do_not_apply(pictures):
    with pytest.raises(UsageError, match="--target names a column"):
        train_all("pictures", target="x")
    with pytest.raises(UsageError, match="rnn does not read pictures"):
        train_all("pictures", model="rnn")


def test_hidden_files_are_no_pictures(pictures):
    Path("pictures/.cache").mkdir()
    Path("pictures/left/.thumb.png").write_text("x")

    assert len(find_pictures(pictures)[0]) == 40
