"""What is told of boxes: MLS830 to 834."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.core.wording import clean, count, listed

BOXES_IGNORED = Rule(
    "MLS830", "note", "Some true boxes count neither way",
    "A crowd is one box around many objects, a difficult object one that a person can hardly make "
    "out. Nobody has to find them, and a detection on one is neither right nor wrong.",
    "A true box is marked iscrowd or difficult.",
    "Lin et al. (2014), COCO; Everingham et al. (2010), PASCAL VOC",
    ("count difficult ones: --difficult",),
    sentence=lambda e, _s: (
    f"{count(e['crowd'])} boxes of crowds and {count(e['difficult'])} difficult ones are ignored."
    ))  # fmt: skip


CATEGORIES_NEVER_TRUE = Rule(
    "MLS831", "issue", "A category is predicted that the truth never has",
    "Each such detection is wrong, whatever is in the picture: the lists of categories differ, or "
    "the model was trained on more than is asked here.",
    "Detections above the threshold are of a category without a true box.",
    "mlstrat: joined by name, a name that only one side has finds nothing",
    ("check the spelling of both lists of categories",
    "leave out what is not asked, before you read the other errors"),
    sentence=lambda e, _s: "Detections without a true box of their category: " + listed(
    [f"{clean(k)} ({count(n)})" for k, n in e["categories"].items()]) + "."
    )  # fmt: skip


LEAST_PART = 0.02
"""What a threshold must explain of an error before it is told (mlstrat's threshold)."""

THRESHOLD_OF_TRAIN = Rule(
    "MLS832", "issue", "The threshold explains much of the gap from train to dev",
    "Where scores of unseen pictures are lower as a whole, the threshold that suits train lets too "
    "few boxes pass, though their order is as good: that is calibration, not overfitting. Levels "
    "are read at the threshold of dev, where such a model looks better than it would be deployed.",
    "Of the gap at the best threshold of train, more than half, and at least "
    f"{100 * LEAST_PART:g} points, are gone at the best one of dev.",
    "mlstrat: part of the gap that more data would not close",
    ("choose the threshold on dev, never on train",
    "calibrate the scores before you collect data"),
    sentence=lambda e, s: (
    f"At the best threshold of train, train is at {s.value(e['train'])} and dev at "
    f"{s.value(e['dev'])}; at its own, dev is at {s.value(e['dev_best'])}."
    ))  # fmt: skip


IMAGES_WITHOUT_TRUTH = Rule(
    "MLS833", "note", "Some images have no true box",
    "Whatever is detected there is wrong, which is right for pictures of background and wrong for "
    "pictures that nobody labelled.",
    "An image has detections and no true box.", "mlstrat: counted as they stand",
    ("look at some: are they background, or not labelled?",),
    sentence=lambda e, _s: (
    f"{count(e['images'])} images have no true box, and {count(e['detections'])} detections above "
    "the threshold."
    ))  # fmt: skip


RANKED_DIFFERENTLY = Rule(
    "MLS834", "issue", "AP and F1 rank these detectors differently",
    "AP is of the order of all detections, however low their scores; the error is of those that "
    "pass one threshold. Many more weak detections raise the one and not the other. One number "
    "must decide, chosen before the comparison.",
    "The run with the lower error has the lower AP.",
    "C3W1 Single number evaluation metric; Lin et al. (2014), COCO",
    ("if a product runs at one threshold, the error stands for what users see",
    "if scores are ranked or a threshold is still to come, AP does"),
    sentence=lambda e, s: (
    f"error {s.value(e['error'][0])} and {s.value(e['error'][1])}, AP {e['ap'][0]:.3g} and "
    f"{e['ap'][1]:.3g}."
    ))  # fmt: skip
