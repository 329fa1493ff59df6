"""Figures beside the metrics: the table behind them, and those of boxes, speech and text."""

from mlstrat.workflow.explain.term import Term

_RATIO = "an error as num and den by example (--task ratio)"

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
            f"mlstrat reads {_RATIO}",
        ),
        (
            "Two boxes of 10 × 10, one moved by 5 to the right: 50 / 150 = 0.333, wrong at 0.5. "
            "Moved by 3: 70 / 130 = 0.538, right (mlstrat's figures).",
        ),
        "C4W3 Intersection over union; Jaccard (1901)",
        commands=("diagnose --task ratio",),
        also=("mean-average-precision",),
        aliases=("intersection-over-union", "jaccard"),
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
            "mAP is no error rate: it has no ladder; FP + FN over 2 TP + FP + FN has one",
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
        aliases=("ppl",),
    ),
    Term(
        "spans",
        "Spans in text",
        "A name or a chunk is right if its type and both its ends are. Precision, recall, F1 are "
        "of whole spans; the accuracy of single tags flatters, since most tags are O.",
        (
            "the scheme of the tags is said: a stray I begins a span for some readers, and is none "
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
            "the best threshold flatters its own set: each fifth of dev, by a hash of group or id, "
            "is read at the threshold of the other four",
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
        codes=("MLS805", "MLS806", "MLS807", "MLS813", "MLS815"),
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
