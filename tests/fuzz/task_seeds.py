"""Small files of every task but classification: what is made wrong by the fuzzer."""

from __future__ import annotations

import json
from collections.abc import Mapping

Files = Mapping[str, bytes]


def conll() -> bytes:
    """Sentences with gold and predicted tags, in two documents."""
    rows = ("Kim B-PER B-PER", "saw O O", "New B-LOC I-LOC", "York I-LOC I-LOC", ". O O")
    one = "".join(f"{row}\n" for row in rows)
    return f"-DOCSTART- O O\n\n{one}\n{one}\n-DOCSTART- O O\n\n{one}\nLee B-PER O\n".encode()


def sentences() -> bytes:
    """The same as lists, a line a sentence."""
    lines = [{"id": i, "split": ("train", "dev")[i % 2], "tokens": ["Kim", "ran"],
              "tags": ["B-PER", "O"], "predictions": ["B-PER", ("O", "B-PER")[i % 3 == 0]]}
             for i in range(12)]  # fmt: skip
    return "".join(json.dumps(x) + "\n" for x in lines).encode()


def labels() -> bytes:
    """Two labels, some of which are not known."""
    rows = [f"{i},{('train', 'dev')[i % 2]},{i % 2},{0.1 * (i % 10):.1f},{('', '1')[i % 3 == 0]},1"
            for i in range(24)]  # fmt: skip
    head = "id,split,label_cat,score_cat,label_dog,prediction_dog"
    return "\n".join([head, *rows]).encode() + b"\n"


def numbers() -> bytes:
    """Targets and predictions."""
    rows = [f"{i},{('train', 'dev')[i % 2]},{i}.5,{i + i % 4}" for i in range(24)]
    return "\n".join(["id,split,target,prediction", *rows]).encode() + b"\n"


def pixels() -> bytes:
    """Pixels of eight images by pair of classes, some not annotated."""
    rows = [
        f"i{i},{('train', 'dev')[i % 2]},{a},{b},{(i + 3) * (a == b) + 2},g{i // 2}"
        for i in range(8)
        for a in ("background", "cell", "")
        for b in ("background", "cell")
    ]
    return "\n".join(["id,split,label,prediction,pixels,group", *rows]).encode() + b"\n"


def trials() -> bytes:
    """Four people against each other, without a header."""
    rows = [f"s{a} s{b} p{b}{k} {(a == b) + 0.1 * ((a * 7 + b * 3 + k) % 9):.2f}"
            for a in range(4) for b in range(4) for k in range(2)]  # fmt: skip
    return "\n".join(rows).encode() + b"\n"


def tokens() -> bytes:
    """Tokens of six documents with their log-probabilities."""
    lines = [{"doc": f"d{i // 5}", "token": f"w{i % 7}", "logprob": -0.5 * (1 + i % 4), "bytes": 3}
             for i in range(30)]  # fmt: skip
    return "".join(json.dumps(x) + "\n" for x in lines).encode()


def outputs() -> bytes:
    """Outputs with the log-probabilities of search or model."""
    lines = [{"id": i, "source": "x y", "reference": "a b c", "prediction": ("a b c", "a c")[i % 2],
              "logprob_reference": -3.0, "logprob_prediction": -3.0 - (i % 2) * (i % 3 - 1)}
             for i in range(12)]  # fmt: skip
    return "".join(json.dumps(x) + "\n" for x in lines).encode()


def utterances() -> Files:
    """A pair of files of sclite."""
    ref = "".join(f"we {{ saw / have seen / @ }} it (a_{i})\n" for i in range(8))
    hyp = "".join(f"we seen {'it' if i % 2 else ''} (a_{i})\n" for i in range(8))
    return {"hyp.trn": hyp.encode(), "ref.trn": ref.encode()}


def card() -> Files:
    """A card of numbers in two splits."""
    text = (
        '[task]\nname = "regression"\nwithin = 1.0\n\n[task.train]\npredictions = "train.csv"\n\n'
        '[task.dev]\ntruth = "dev.csv"\npredictions = "said.csv"\n'
    )
    both = numbers().decode().replace("split,", "").replace("train,", "").replace("dev,", "")
    said = "\n".join(",".join(x.split(",")[::2]) for x in both.splitlines())
    truth = "\n".join(",".join(x.split(",")[:2]) for x in both.splitlines())
    return {"card.toml": text.encode(), "train.csv": both.encode(), "dev.csv": truth.encode(),
            "said.csv": said.encode()}  # fmt: skip


def examples() -> bytes:
    """A table of examples."""
    rows = [f"{i},{('train', 'dev')[i % 2]},{i % 3},3,{i % 3},-{i % 3}" for i in range(24)]
    return "\n".join(["id,split,num,den,count.a,fixed.a.num", *rows]).encode() + b"\n"


def boxes() -> Files:
    """Boxes that are right, and boxes that were predicted."""
    head = "id,split,pc,bx,by,bh,bw,c"
    truth = [f"{i},{('train', 'dev')[i % 2]},{int(i % 3 > 0)},{i},5,4,6,{'ab'[i % 2]}"
             for i in range(24)]  # fmt: skip
    said = [f"{i},,{0.1 * (i % 10):.1f},{i + i % 4},5,4,6,{'abb'[i % 3]}" for i in range(24)]
    return {name: "\n".join([head, *rows]).encode() + b"\n"
            for name, rows in (("boxes.csv", truth), ("said.csv", said))}  # fmt: skip


def points() -> Files:
    """Points that are right, and points that were predicted."""
    head = "id,split,x_left_eye,y_left_eye,x_right_eye,y_right_eye,x_nose,y_nose"
    truth = [f"{i},{('train', 'dev')[i % 2]},0,0,40,0,{('20', '')[i % 5 == 0]},"
             f"{('20', '')[i % 5 == 0]}" for i in range(24)]  # fmt: skip
    said = [f"{i},dev,{i % 7},0,40,{i % 3},20,{20 + i % 9}" for i in range(24)]
    return {name: "\n".join([head, *rows]).encode() + b"\n"
            for name, rows in (("points.csv", truth), ("said.csv", said))}  # fmt: skip


def poses() -> Files:
    """A truth of COCO with keypoints, and results."""
    names = ["nose", "left_eye", "right_eye"]
    people = [{"id": i, "image_id": i // 2, "category_id": 1, "bbox": [0, 0, 40, 30], "area": 900,
               "iscrowd": 0, "num_keypoints": 3, "keypoints": [5, 5, 2, 9, 9, 1, 20, 9 + i, 2]}
              for i in range(12)]  # fmt: skip
    said = [{"image_id": i // 2, "category_id": 1, "score": 0.05 * i,
             "keypoints": [5 + i % 3, 5, 1, 9, 9, 1, 20, 9 + i, 1]} for i in range(12)]  # fmt: skip
    truth = {"images": [{"id": i} for i in range(6)], "annotations": people,
             "categories": [{"id": 1, "name": "person", "keypoints": names}]}  # fmt: skip
    return {"gt.json": json.dumps(truth).encode(), "said.json": json.dumps(said).encode()}


def _boxes() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return COCO's annotations of eight images, and what is said of them."""
    true = [{"id": i + 1, "image_id": i % 8 + 1, "category_id": i % 2 + 1, "iscrowd": int(i == 3),
             "bbox": [5 * i, 10, 20, 20 + i]} for i in range(12)]  # fmt: skip
    said = [{"image_id": x["image_id"], "category_id": 1 + i % 2, "score": 0.05 * (i + 1),
             "bbox": [5 * i + i % 3, 10, 20, 20 + i]} for i, x in enumerate(true)]  # fmt: skip
    return true, said


def coco() -> Files:
    """A pair of files of COCO."""
    true, said = _boxes()
    truth = {"images": [{"id": i + 1, "file_name": f"p{i + 1}.jpg", "width": 200, "height": 200}
                        for i in range(8)], "annotations": true,
             "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}  # fmt: skip
    return {"gt.json": json.dumps(truth).encode(), "said.json": json.dumps(said).encode()}


def folders_of_boxes() -> Files:
    """A folder of YOLO's predictions beside one of VOC's truth."""
    true, said = _boxes()
    files: dict[str, bytes] = {"said/data.yaml": b"nc: 2\nnames: [cat, dog]\n"}
    for i in range(1, 9):
        lines, objects = "", ""
        for one in said:
            if one["image_id"] == i:
                x, y, w, h = (v / 200 for v in one["bbox"])  # type: ignore[attr-defined]
                lines += (f"{int(str(one['category_id'])) - 1} {x + w / 2:.4f} {y + h / 2:.4f} "
                          f"{w:.4f} {h:.4f} {one['score']:.2f}\n")  # fmt: skip
        for one in true:
            if one["image_id"] == i:
                x, y, w, h = one["bbox"]  # type: ignore[misc]
                name = ("cat", "dog")[int(str(one["category_id"])) - 1]
                low, high = f"<xmin>{x}</xmin><ymin>{y}</ymin>", f"<xmax>{x + w}</xmax>"
                box = f"<bndbox>{low}{high}<ymax>{y + h}</ymax></bndbox>"
                objects += f"<object><name>{name}</name>{box}</object>"
        files[f"said/p{i}.txt"] = lines.encode()
        files[f"voc/p{i}.xml"] = (
            f"<annotation><size><width>200</width><height>200</height></size>{objects}</annotation>"
        ).encode()
    return files


def rows_of_boxes() -> bytes:
    """Both sides in one table."""
    rows = [f"p{x['image_id']},{kind},c{x['category_id']},{','.join(map(str, x['bbox']))},"  # type: ignore[call-overload]
            f"{x.get('score', '')}" for kind, side in zip(("gt", "det"), _boxes(), strict=True)
            for x in side]  # fmt: skip
    return "\n".join(["image_id,kind,category,X,Y,W,H,score", *rows]).encode() + b"\n"
