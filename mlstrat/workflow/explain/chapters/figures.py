"""Figures beside the metrics: the table behind them, and those of boxes, speech and text."""

from mlstrat.workflow.explain.term import Term

FIGURES = (
    Term(
        "confusion-matrix",
        "Confusion matrix",
        "How often each true class was called each class: true classes down, predictions across. "
        "The diagonal is what was right; every metric of hard predictions is made from it.",
        (
            "a row sums to the support of a class: its diagonal over that sum is the recall",
            "a column sums to how often a class was called: diagonal over sum is the precision",
            "two classes that are taken for each other stand out as a pair of large cells",
            "a blank prediction is in no column, and counts as wrong",
        ),
        (
            "3 true positives, 2 false negatives, 1 false positive, 4 true negatives: rows 3, 2 "
            "and 1, 4. Recall 3/5 = 60.0%, precision 3/4 = 75.0%, accuracy 7/10 = 70.0%.",
        ),
        "C3W1 Single number evaluation metric; Kohavi and Provost (1998)",
        commands=("diagnose", "plot confusion"),
        also=("single-number", "precision", "recall"),
        aliases=("confusion", "contingency-table"),
    ),
    Term(
        "iou",
        "Intersection over union (IoU)",
        "How well a box fits the true box: the area that both cover, over the area that at least "
        "one covers. From 0 (apart) to 1 (the same box).",
        (
            "a box counts as right from a threshold on: 0.5 by convention",
            "with a stricter threshold the same boxes make more errors",
            "`ms.iou(a, b)` computes it of boxes x, y, w, h",
        ),
        (
            "Two boxes of 10 × 10, one moved by 5 to the right: 50 / 150 = 0.333, wrong at 0.5. "
            "Moved by 3: 70 / 130 = 0.538, right (mlstrat's figures).",
        ),
        "C4W3 Intersection over union; Jaccard (1901)",
        commands=("diagnose --task detection",),
        also=("non-max-suppression", "detection", "mean-average-precision"),
        aliases=("intersection-over-union", "jaccard"),
    ),
    Term(
        "non-max-suppression",
        "Non-maximum suppression",
        "Of boxes on one object keep the one with the highest score: take the best box of a "
        "category, drop those that overlap it too much, and go on with the rest.",
        (
            "each category for itself",
            "without it one object is found many times, and each further box is an error",
            "AP hardly notices copies with low scores; errors at one threshold do",
            "`ms.nms(boxes, scores)` says which boxes are kept",
        ),
        (
            "Boxes of 10 × 10 at x = 0, 1 and 20, scores 0.8, 0.9 and 0.7: the second is taken; "
            "the first overlaps it with 90 / 110 = 0.818 and goes; the third stays (mlstrat's "
            "figures).",
        ),
        "C4W3 Non-max suppression",
        commands=("diagnose --task detection",),
        also=("iou", "detection"),
        aliases=("nms", "non-maximum-suppression"),
    ),
    Term(
        "detection",
        "Boxes in images",
        "A detection is right if it takes a true box: of its category, overlapping it enough, and "
        "not taken by one with a higher score. The error is 1 − F1 of boxes at one threshold.",
        (
            "the threshold is chosen on dev alone, and kept for every other split",
            "images are what is independent, not boxes; nor images of one video",
            "a wrong detection is loose (Loc), of another category (Cls), both, a copy (Dupe) or "
            "on the background (Bkg); a box that nothing points to is missed (Miss)",
            "boxes of crowds and difficult ones count neither way",
        ),
        (
            "4 true boxes, 3 found, 2 detections on nothing: 2 + 1 errors of 2 × 3 + 3, 33.3%. "
            "Without the two, 1 of 7: 14.3%; with the missed one found, 2 of 10: 20.0% (mlstrat's "
            "figures).",
        ),
        "C4W3 Bounding box predictions; Lin et al. (2014), COCO; Bolya et al. (2020), TIDE",
        codes=("MLS830", "MLS831", "MLS832", "MLS833", "MLS834"),
        commands=("diagnose --task detection",),
        also=("iou", "mean-average-precision", "interval"),
        aliases=("boxes", "object-detection", "tide", "coco", "yolo"),
    ),
    Term(
        "mean-average-precision",
        "Mean average precision (mAP)",
        "For each class, boxes are ranked by score and the area under the curve of precision "
        "against recall is taken: its average precision. mAP is the mean over classes.",
        (
            "the IoU from which a box is right is said: mAP at 0.5, or averaged over 0.50 to 0.95 "
            "as COCO does",
            "a second box on the same object is a false positive",
            "how the curve is interpolated is said too: tools differ",
            "mAP is not an error rate: it has no ladder; FP + FN over 2 TP + FP + FN has one",
        ),
        (
            "A class whose two positives rank first and third has ½ × 1 + ½ × ⅔ = 0.833; with a "
            "second class at 0.5, mAP is 0.667 (mlstrat's figures).",
        ),
        "Everingham et al. (2010), Pascal VOC; Lin et al. (2014), COCO",
        commands=("score --metric average_precision",),
        also=("iou", "average_precision"),
        aliases=("map", "mean-ap"),
    ),
    Term(
        "localisation",
        "Localisation",
        "One object a picture at most: whether there is one (pc), its box (bx, by the middle, bh, "
        "bw) and its class. A picture is right if presence, class and box are; where pc is 0 the "
        "rest is not looked at.",
        (
            "a box is right from an IoU of 0.5 on",
            "errors are missed, phantom, of the class, or of the box",
            "a picture whose class and box are both wrong is not repaired by one of them",
            "the mean IoU stands beside it, over objects that were predicted",
        ),
        (
            "10 pictures, of which 1 is missed, 1 has the wrong class and 1 the wrong class and a "
            "loose box: an error of 30.0%. With every class right 20.0% are left (mlstrat's "
            "figures).",
        ),
        "C4W3 Object localization",
        codes=("MLS820",),
        commands=("diagnose --task localisation",),
        also=("iou", "landmarks", "error-analysis"),
        aliases=(
            "bounding-box",
            "bounding-boxes",
            "localization",
            "object-localisation",
            "object-localization",
        ),
    ),
    Term(
        "landmarks",
        "Landmarks",
        "Named points of a picture, such as the corners of the eyes or the joints of a body. A "
        "point is wrong if it is further off than a tenth of the measure of its picture: the "
        "distance of the eyes, or the diagonal of the box.",
        (
            "points that are not visible are left out",
            "the same point has the same name, and number, in every picture",
            "points of one picture are not independent: the interval rests on pictures",
            "swapped sides, a common shift and a single point have different causes, and are told "
            "apart",
            "NME and failures stand beside it; for COCO's keypoints also OKS",
        ),
        (
            "Eyes 40 pixels apart, and a nose that is off by 3 and by 4 pixels along the axes: "
            "5/40 = 0.125 of the measure, wrong (mlstrat's figures).",
        ),
        "C4W3 Landmark detection; Sagonas et al. (2013), 300 Faces in-the-Wild; COCO keypoints",
        codes=("MLS821", "MLS822", "MLS823"),
        commands=("diagnose --task landmarks",),
        also=("localisation", "interval"),
        aliases=("keypoints", "nme", "oks", "pose"),
    ),
    Term(
        "word-error-rate",
        "Word error rate (WER)",
        "Substitutions, deletions and insertions of the shortest way from what was said to what "
        "was recognised, over the number of words said: (S + D + I) / N. Letters in place of "
        "words make the character error rate.",
        (
            "summed over all utterances before it is divided, so long ones count more",
            "it can exceed 100%, by insertions",
            "case and punctuation are treated alike in both texts, or they count as errors",
            "utterances of one speaker are not independent: the interval rests on speakers",
        ),
        (
            "“the cat sat on the mat” heard as “the cat sat in mat”: 1 substitution and 1 "
            "deletion of 6 words, 33.3% (mlstrat's figures).",
        ),
        "Levenshtein (1966); NIST sclite",
        codes=("MLS808", "MLS809"),
        commands=("diagnose --task speech",),
        also=("interval", "rich-outputs"),
        aliases=("wer", "character-error-rate", "cer"),
    ),
    Term(
        "perplexity",
        "Perplexity",
        "e to the power of the mean negative log probability that a language model gives to each "
        "token that came. A model that picks evenly among k tokens has a perplexity of k.",
        (
            "the mean is over tokens, not over documents",
            "two models are compared on the same tokens; with other tokens, bits per byte",
            "tokens of one document are not independent: the interval rests on documents",
        ),
        (
            "Tokens given 0.9, 0.4, 0.4 and 0.9: a mean of 0.511 nats, perplexity 1.67 (mlstrat's "
            "figures).",
        ),
        "Jelinek, Mercer, Bahl and Baker (1977)",
        commands=("diagnose --task language_model",),
        also=("log_loss", "rich-outputs"),
        aliases=(
            "language-model",
            "language-modelling",
            "ppl",
        ),
    ),
    Term(
        "spans",
        "Spans in text",
        "A name or a chunk is right if its type and both its ends are. Precision, recall, F1 are "
        "of whole spans; the accuracy of single tags looks too good, as most are O.",
        (
            "the scheme of the tags is said: a stray I begins a span for some readers, and not "
            "for others",
            "sentences of one document are not independent: the interval rests on documents",
            "errors are of a type, of a boundary, of both, missing or spurious",
            "fixing a missed span changes F1 above and below the line",
        ),
        (
            "4 true spans, 5 predicted, 3 exact: precision 60.0%, recall 75.0%, F1 6/9 = 66.7%, "
            "an error of 33.3% (mlstrat's figures).",
        ),
        "Tjong Kim Sang and Buchholz (2000), conlleval; C5W2 on names",
        codes=("MLS802", "MLS803", "MLS804"),
        commands=("diagnose --task tagging",),
        also=("f1", "interval"),
        aliases=("tagging", "named-entities", "ner", "chunks"),
    ),
    Term(
        "operating-point",
        "Operating point: the threshold of a score",
        "A score becomes a decision by a threshold. --choose-threshold f1 takes the best F1; a "
        "constraint is kept first (satisficing), then the other figure is the best there is "
        "(optimizing): few impostors accepted, then few genuine people rejected; or errors cost "
        "what you say, and the cost is the least.",
        (
            "the threshold is chosen on dev alone, and kept for every other split",
            "the best threshold looks too good on its own set: each fifth of dev, by a hash of "
            "group or id, is read at the threshold of the other four; of trials each person (of "
            "many: each twentieth of the people) at that of the rest",
            "at 100 examples the apparent error of dev is some 1 to 4 points too low, the "
            "cross-fitted one at most 0.2 (simulated)",
            "trials that share a person are not independent, on either side",
            "the equal error rate is a figure to quote, not a point to work at",
        ),
        (
            "Of 100 genuine trials 8 score below the threshold, of 1,900 impostors 19 above: FRR "
            "8.0% at FAR 1.0% (mlstrat's figures).",
        ),
        "C4W4 Face verification; ISO/IEC 19795-1",
        codes=("MLS805", "MLS806", "MLS807", "MLS813", "MLS815", "MLS819"),
        commands=("diagnose --choose-threshold f1", "diagnose --task verification"),
        also=("satisficing", "interval"),
        aliases=("verification", "far", "frr", "eer", "equal-error-rate", "threshold"),
    ),
    Term(
        "calibration",
        "Calibration: do scores come true as often as they say?",
        "Scores between 0 and 1 are read as chances. In bins of equal mass the mean score is held "
        "against the share that came true; the expected calibration error (ECE) is their mean "
        "distance.",
        (
            "told with --choose-threshold, where all scores of dev lie between 0 and 1: ten bins, "
            "fewer below 200 rows",
            "chance alone makes it larger than 0: what a calibrated model would show stands beside "
            "it, and the interval reaches down by as much",
            "a model off by a mile may rank as well as any: ROC AUC knows nothing of it",
        ),
        (
            "Of 100 rows with a score of 0.8 half come true, of 100 with 0.2 too: "
            "|0.5 − 0.8| / 2 + |0.5 − 0.2| / 2 = 0.3 (mlstrat's figures).",
        ),
        "Guo et al. (2017), On calibration of modern neural networks",
        codes=("MLS814",),
        commands=("diagnose --choose-threshold f1", "plot reliability"),
        also=("operating-point",),
        aliases=("ece", "calibration-error", "calibrated"),
    ),
)
