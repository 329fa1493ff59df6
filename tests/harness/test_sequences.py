"""Sequences: what their labels mean, what nobody can know of them, and that draws repeat."""

import itertools

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness import train
from mlstrat.harness.datasets import load_examples
from mlstrat.harness.datasets.sequences import (
    BAD,
    DENIES,
    GOOD,
    WORDS,
    bayes_error,
    compose,
    posterior,
    sources_of,
)
from mlstrat.harness.networks.architectures import TOKENS
from mlstrat.harness.recipes.models import is_network
from mlstrat.harness.recipes.recipe import Dataset
from mlstrat.harness.recipes.sequences import RECIPES, TUNES

MUSIC = {"sources": 3, "notes": 4, "length": 12, "contrast": 1.0, "scores": 0}
REVIEWS = {"negated": 0.4, "phrases": (1, 3)}
DNA = {"motif": "TAT", "length": 12, "gc": 0.8, "other_gc": 0.2, "other_rows": 300}
DATASETS = {
    "music": MUSIC,
    "reviews": REVIEWS,
    "dna": DNA,
    "copying": {"symbols": 4, "lag": 9},
}


def examples(name, rows=1000, seed=0, **options):
    return load_examples(
        Dataset(name, name, rows, options={**DATASETS[name], **options}, generated=True), seed
    )


@pytest.mark.parametrize("name", DATASETS)
def test_same_seed_same_examples_and_another_seed_others(name):
    one, again, other = examples(name), examples(name), examples(name, seed=1)

    assert np.array_equal(one.features, again.features)
    assert np.array_equal(one.labels, again.labels)
    assert not np.array_equal(one.features, other.features)


@pytest.mark.parametrize("name", DATASETS)
def test_the_first_examples_stay_when_more_are_drawn(name):
    few, more = examples(name, 400), examples(name, 900)
    steps = few.features.shape[1]  # more reviews may have a longer one

    assert np.array_equal(few.features, more.features[:400, :steps])
    assert not more.features[:400, steps:].any()
    assert np.array_equal(few.labels, more.labels[:400])


@pytest.mark.parametrize("name", DATASETS)
def test_tokens_fit_the_networks_and_classes_are_balanced(name):
    drawn = examples(name, 4000)
    shares = np.unique(drawn.labels, return_counts=True)[1] / 4000

    assert drawn.features.dtype == np.int64
    assert 0 < drawn.features.max() < TOKENS
    assert np.abs(shares - 1 / len(shares)).max() < 0.12
    assert drawn.human.known


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_match_their_examples(recipe):
    drawn = load_examples(recipe.dataset, seed=0)
    spare = recipe.dataset.options.get("spare", 0)

    assert len(drawn.features) == len(drawn) == recipe.dataset.rows + spare
    assert recipe.dataset.positive is None or recipe.dataset.positive in drawn.labels
    assert all(len(values) == len(drawn) for values in drawn.slices.values())
    assert is_network(recipe.model.architecture) == (recipe.name != "reviews_words")


def test_every_source_plays_each_note_as_often():
    sources = sources_of(3, 5, 1.0, seed=2)

    np.testing.assert_allclose(sources.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(sources.sum(axis=2), 1, atol=1e-9)
    assert np.abs(sources[0] - sources[1]).max() > 0.1


def test_tunes_follow_their_source():
    sources = sources_of(2, 3, 1.0, seed=0)
    tunes = compose(sources, np.repeat([0, 1], 4000), 8, np.random.default_rng(0))

    for who, part in enumerate(np.split(tunes, 2)):
        pairs = np.zeros((3, 3))
        np.add.at(pairs, (part[:, :-1].ravel(), part[:, 1:].ravel()), 1)
        # 28,000 steps, a third from each note: a standard error of at most 0.0052.
        np.testing.assert_allclose(pairs / pairs.sum(1, keepdims=True), sources[who], atol=0.02)
        assert np.abs(np.bincount(part[:, 0]) / 4000 - 1 / 3).max() < 0.03


@pytest.mark.parametrize(("count", "notes", "length"), [(2, 2, 8), (3, 3, 6), (4, 4, 4)])
def test_the_bayes_error_of_music_is_that_of_all_tunes_one_by_one(count, notes, length):
    """Σ over all tunes of the probability of every source but the likeliest, in plain loops."""
    sources = sources_of(count, notes, 1.0, seed=1)
    exact = 0.0
    for tune in itertools.product(range(notes), repeat=length):
        joint = []
        for source in sources:
            probability = 1 / count / notes
            for before, after in itertools.pairwise(tune):
                probability *= source[before, after]
            joint.append(probability)
        exact += sum(joint) - max(joint)

    error, deviation = bayes_error(sources, length, seed=0)

    assert deviation < 0.001
    assert abs(error - exact) < 4 * deviation


def test_the_bayes_error_is_what_the_best_rule_gets_and_does_not_depend_on_the_seed():
    one, other = examples("music", 20_000), examples("music", 100, seed=5)
    best = posterior(sources_of(3, 4, 1.0, 0), one.features - 1).argmax(axis=1)
    wrong = (np.char.add("source ", np.array(list("ABC"))[best]) != one.labels).mean()

    assert one.human.error == other.human.error
    assert wrong == pytest.approx(one.human.error, abs=0.01)
    assert "standard error" in one.human.source


def test_notes_alone_say_little():
    """A nearest mean of how often each note is played is hardly better than chance."""
    drawn = examples("music", 6000, **TUNES)
    counts = np.stack([(drawn.features == note).sum(axis=1) for note in range(1, 7)], axis=1)
    names = np.unique(drawn.labels)
    means = np.stack([counts[:3000][drawn.labels[:3000] == name].mean(axis=0) for name in names])
    nearest = ((counts[3000:, None] - means) ** 2).sum(axis=2).argmin(axis=1)

    assert (names[nearest] != drawn.labels[3000:]).mean() > 0.7  # chance is 0.75
    assert drawn.human.error < 0.02


def test_a_motif_is_there_or_it_is_not():
    drawn = examples("dna")
    texts = ["".join("-ACGT"[token] for token in row) for row in drawn.features]

    assert [("TAT" in text) for text in texts] == (drawn.labels == "motif").tolist()
    thirds = {0: "first third", 1: "second third", 2: "last third"}
    where = [thirds[3 * text.find("TAT") // 10] if "TAT" in text else "none" for text in texts]
    assert drawn.slices["motif"].tolist() == where


def test_genomes_differ_in_g_and_c():
    drawn = examples("dna", 3000, other_rows=1500, motif="TATTATAT")
    clean = drawn.labels == "none"
    gc = np.isin(drawn.features, (2, 3)).mean(axis=1)

    assert drawn.sources.tolist() == ["AT-rich"] * 1500 + ["GC-rich"] * 1500
    for source, share in (("AT-rich", 0.2), ("GC-rich", 0.8)):
        assert gc[clean & (drawn.sources == source)].mean() == pytest.approx(share, abs=0.02)


def test_spare_rows_are_of_the_other_genome():
    plain, more = examples("dna"), examples("dna", spare=200)

    assert len(more) == len(plain) + 200
    assert (more.sources == "AT-rich").sum() == 500
    assert examples("dna", other_rows=0).sources is None


def test_a_review_says_what_its_words_say():
    drawn = examples("reviews", phrases=(0, 4))
    for row, label, negation in zip(
        drawn.features, drawn.labels, drawn.slices["negation"], strict=True
    ):
        said = " ".join(WORDS[token - 1] for token in row if token)
        assert not row[len(said.split()) :].any()  # padding stands at the end
        denied = said.startswith(DENIES)
        assert (negation == "denied") == denied
        adjective = said.split()[-1]
        assert adjective in GOOD + BAD
        assert (label == "praise") == ((adjective in GOOD) != denied)


def test_a_negation_stands_as_far_from_its_adjective_as_the_recipes_say():
    dataset = next(recipe.dataset for recipe in RECIPES if recipe.name == "reviews_lstm")
    drawn = load_examples(dataset, seed=0)
    places = [WORDS.index(word) + 1 for word in ("doubt", "deny", "nobody")]
    rows = drawn.features[drawn.slices["negation"] == "denied"]
    before = (rows > 0).sum(axis=1) - 1 - np.isin(rows, places).argmax(axis=1)

    assert f"{before.min()} to {before.max()} words before" in dataset.title


def test_a_bag_of_words_has_the_words_of_the_review():
    tokens, counts = examples("reviews"), examples("reviews", counts=True)

    assert counts.features.shape == (1000, len(WORDS))
    assert (counts.features.sum(axis=1) == (tokens.features > 0).sum(axis=1)).all()
    assert np.array_equal(counts.labels, tokens.labels)
    place = WORDS.index("nobody")
    assert np.array_equal(counts.features[:, place], (tokens.features == place + 1).sum(axis=1))


def test_far_reviews_have_more_phrases_than_near_ones():
    drawn = examples("reviews", phrases=(1, 6))
    words = (drawn.features > 0).sum(axis=1)
    far = drawn.slices["distance"] == "far"

    assert words[far].mean() > words[~far].mean() + 5


def test_the_token_to_copy_stands_first():
    drawn = examples("copying")

    assert drawn.features.shape == (1000, 10)
    assert (drawn.features[:, 1:] == 1).all()
    letters = np.array(list("ABCD"))[drawn.features[:, 0] - 2]
    assert np.array_equal(drawn.labels, np.char.add("token ", letters))


@pytest.mark.parametrize("name", ["music", "reviews", "dna"])
def test_an_option_that_a_dataset_does_not_have_is_a_slip(name):
    with pytest.raises(TypeError, match="lenght"):
        examples(name, lenght=3)


def test_target_examples_in_train_lower_what_mismatch_costs():
    pytest.importorskip("torch")
    before, after = (
        train("dna_background", knobs={"n": 1200, "epochs": 6, **knobs}).errors
        for knobs in ({}, {"target_in_train": 900, "target_weight": 3})
    )

    assert after["dev"] < before["dev"] - 0.1


def test_more_target_examples_than_there_are():
    pytest.importorskip("torch")
    with pytest.raises(UsageError, match="--target-in-train is 1001") as caught:
        train("dna_background", knobs={"target_in_train": 1001})

    assert caught.value.accepted == "a whole number, 0 to 1000"


def test_ten_reviews_are_enough_to_train_on_and_unseen_words_to_be_read():
    pytest.importorskip("torch")
    run = train("reviews_lstm", knobs={"n": 10, "epochs": 1})

    assert run.rows["train"] == 10
