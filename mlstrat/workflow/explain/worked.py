"""A worked number for each metric."""

from __future__ import annotations

COUNTS = "3 true positives, 1 false positive, 2 false negatives and 4 true negatives"
"""The course notes' illustration of precision and recall (case M2)."""

SCORES = "Positives scored 0.9 and 0.4, negatives scored 0.6 and 0.1 (ours)"

WORKED: dict[str, str] = {
    "accuracy": f"{COUNTS}: (3 + 4) / 10 = 0.700.",
    "error": f"{COUNTS}: (1 + 2) / 10 = 0.300.",
    "precision": f"{COUNTS}: 3 / (3 + 1) = 0.750.",
    "recall": f"{COUNTS}: 3 / (3 + 2) = 0.600.",
    "f1": f"{COUNTS}: 6 / (6 + 1 + 2) = 0.667. Precision 95 % and recall 90 %: 92.4 %.",
    "f_beta": f"{COUNTS}, β = 2: 15 / (15 + 8 + 1) = 0.625.",
    "specificity": f"{COUNTS}: 4 / (4 + 1) = 0.800.",
    "balanced_accuracy": f"{COUNTS}: (3/5 + 4/5) / 2 = 0.700.",
    "mcc": f"{COUNTS}: (3 × 4 − 1 × 2) / √(4 × 5 × 5 × 6) = 0.408.",
    "cohen_kappa": f"{COUNTS}: chance is 0.5, so (0.7 − 0.5) / 0.5 = 0.400.",
    "log_loss": f"{SCORES}: −(2 ln 0.9 + 2 ln 0.4) / 4 = 0.511.",
    "brier": f"{SCORES}: (2 × 0.01 + 2 × 0.36) / 4 = 0.185.",
    "roc_auc": f"{SCORES}: 3 of 4 pairs are in order, 0.750.",
    "average_precision": f"{SCORES}: ½ × 1 + ½ × ⅔ = 0.833.",
}
"""By metric; each figure is what `score` computes."""
