"""The course in its order: each lecture with its command, its term and its first numbers."""

from __future__ import annotations

from collections.abc import Mapping

from mlstrat.workflow.explain.term import Term

LECTURES: tuple[tuple[str, str], ...] = (
    ("C3W1 Why ML strategy", "why-strategy"),
    ("C3W1 Orthogonalization", "orthogonalization"),
    ("C3W1 Single number evaluation metric", "single-number"),
    ("C3W1 Satisficing and optimizing metric", "satisficing"),
    ("C3W1 Train/dev/test distributions", "distributions"),
    ("C3W1 Size of the dev and test sets", "sizes"),
    ("C3W1 When to change dev/test sets and metrics", "changing-metrics"),
    ("C3W1 Why human-level performance", "human-level"),
    ("C3W1 Avoidable bias", "avoidable-bias"),
    ("C3W1 Understanding human-level performance", "human-level-proxy"),
    ("C3W1 Surpassing human-level performance", "surpassing"),
    ("C3W1 Improving your model performance", "improving"),
    ("C3W2 Carrying out error analysis", "error-analysis"),
    ("C3W2 Cleaning up incorrectly labeled data", "wrong-labels"),
    ("C3W2 Build your first system quickly, then iterate", "first-system"),
    ("C3W2 Training and testing on different distributions", "training-on-other-data"),
    ("C3W2 Bias and variance with mismatched data distributions", "mismatched-distributions"),
    ("C3W2 Addressing data mismatch", "addressing-mismatch"),
    ("C3W2 Transfer learning", "transfer"),
    ("C3W2 Multi-task learning", "multi-task"),
    ("C3W2 What is end-to-end deep learning", "end-to-end"),
    ("C3W2 Whether to use end-to-end deep learning", "whether-end-to-end"),
    ("C4W1 Convolutions", "convolution"),
    ("C4W1 Padding", "padding"),
    ("C4W1 Strided convolutions", "stride"),
    ("C4W1 Pooling layers", "pooling"),
    ("C4W2 ResNets", "skip-connection"),
    ("C4W2 Networks in networks and 1×1 convolutions", "one-by-one"),
    ("C4W2 Data augmentation", "augmentation"),
    ("C4W2 State of computer vision", "ensembles"),
    ("C4W3 Object localization", "localisation"),
    ("C4W3 Landmark detection", "landmarks"),
    ("C4W3 Intersection over union", "iou"),
    ("C4W3 Non-max suppression", "non-max-suppression"),
    ("C4W3 Anchor boxes", "anchor-boxes"),
    ("C4W4 One shot learning", "one-shot"),
    ("C4W4 Triplet loss", "triplet"),
    ("C4W4 Style cost function", "style-cost"),
    ("C5W1 Vanishing gradients with RNNs", "vanishing-gradients"),
    ("C5W1 Gated recurrent unit", "gru"),
    ("C5W1 Long short term memory", "lstm"),
    ("C5W1 Bidirectional RNN", "bidirectional"),
    ("C5W2 Word representation", "word-embedding"),
    ("C5W3 Error analysis in beam search", "beam-search"),
    ("C5W3 Bleu score", "bleu"),
    ("C5W3 Attention model", "attention-model"),
)
"""Lecture to the term that holds it, in the order of the course."""

NO_COMMAND: Mapping[str, str] = {
    "anchor-boxes": "no command: part of a detector's training; judge its boxes by diagnose --task "
    "detection",
    "triplet": "no command: a loss to train with; judge its distances by diagnose --task "
    "verification",
    "style-cost": "no command: a picture that is made has no right answer to count errors by",
    "word-embedding": "no command: judge them by the task that uses them, with diagnose",
    "bleu": "no command of its own: diagnose --task seq2seq shows it beside the error",
    "attention-model": "no command: judge its outputs by diagnose --task seq2seq",
}
"""Why a lecture has none."""


def step(lecture: str, term: Term) -> str:
    """Return a lecture with its commands, or why there is none, and its first numbers."""
    commands = ", ".join(f"mlstrat {x}" for x in term.commands) or NO_COMMAND[term.name]
    return f"{lecture}: {commands}. {term.numbers[0]}"


def workflow(terms: Mapping[str, Term]) -> Term:
    """Return the walk through the course, made from its terms."""
    steps = tuple(step(lecture, terms[name]) for lecture, name in LECTURES)
    first = ("init --example variance", "plan", "split", "diagnose", "sample", "review",
             "error-table", "improve", "compare", "report")  # fmt: skip
    return Term(
        "workflow",
        "The workflow",
        "Set the target, build a first system, measure where the error comes from, read errors, "
        "change the one thing that the largest gap asks for, and measure again. Here is the "
        "course in its order: each lecture with its command, and its numbers.",
        steps,
        (f"{len(steps)} lectures, {len(steps) - len(NO_COMMAND)} of them with a command.",),
        "C3W1, C3W2, C4, C5; MLY 1-58",
        commands=tuple(x for x in first if x != "improve"),
        also=("why-strategy", "first-system", "error-analysis"),
        aliases=("course", "where-to-begin", "start"),
    )
