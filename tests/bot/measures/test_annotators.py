"""Votes, Dawid and Skene's model on their own data, annotators that are made up, and laws."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.measures.annotators import TOO_FEW_LABELS, Answer, confusion_with, dawid_skene, votes_of
from bot.measures.estimates import NOTHING_COUNTED, wilson

# Dawid & Skene 1979, table 1: 45 patients, seen three times by the first anaesthetist and once by each of four.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""
FIT_FOR_ANAESTHESIA = [
    Answer(patient, seen_by, label)
    for patient, labels in enumerate(PATIENTS.split())
    for seen_by, label in zip("1112345", labels, strict=True)
]
answers = st.lists(
    st.builds(Answer, st.integers(0, 9), st.sampled_from(["ana", "bea", "chen"]), st.sampled_from("xyz")), max_size=60
)


def test_the_model_gives_what_its_authors_published() -> None:
    """Shares .40 .42 .11 .07, and the first anaesthetist's errors (their tables 2 and 3)."""
    model = dawid_skene(FIT_FOR_ANAESTHESIA, pseudo_count=1e-9)
    assert model.converged
    assert model.reason is None
    assert model.n == 315
    assert model.shares.round(2).tolist() == [0.4, 0.42, 0.11, 0.07]
    first = [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
    assert model.confusion[0].round(2).tolist() == first


def test_the_model_finds_out_who_errs_how_and_does_better_than_the_majority() -> None:
    """Three careful people, and three who mostly say the same whatever they see."""
    said: list[Answer] = []
    draws, truth = Random(4), {}
    for item in range(400):
        truth[item] = draws.choice(["no", "yes"])
        said += [Answer(item, f"careful {k}", _said(draws, truth[item], 0.9)) for k in range(3)]
        said += [Answer(item, f"lazy {k}", "no" if draws.random() < 0.9 else "yes") for k in range(3)]
    model = dawid_skene(said)
    assert model.annotators[0] == "careful 0"
    for who, name in enumerate(model.annotators):
        expected = [[0.9, 0.1], [0.1, 0.9]] if "careful" in name else [[0.9, 0.1], [0.9, 0.1]]
        assert np.abs(model.confusion[who] - expected).max() < 0.08
    votes = votes_of(said)
    right = sum(label == truth[int(str(item))] for item, label in model.labels().items())
    assert right > 380 > sum(votes.majority(item, ties=("no", "yes")) == truth[item] for item in truth) + 20


def test_with_two_labels_an_item_the_model_says_why_not_to_rely_on_it() -> None:
    thin = [one for one in FIT_FOR_ANAESTHESIA if one.annotator in "23"]
    assert dawid_skene(thin).reason == TOO_FEW_LABELS
    assert dawid_skene(FIT_FOR_ANAESTHESIA, most=1).converged is False


def test_without_answers_there_is_no_model() -> None:
    model = dawid_skene([])
    assert (model.reason, model.n, model.labels(), model.converged) == (NOTHING_COUNTED, 0, {}, False)


def test_a_label_outside_the_classes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['y'\]"):
        dawid_skene([Answer(1, "ana", "y")], classes=["x"])


@settings(max_examples=40)
@given(answers.filter(bool), st.randoms(use_true_random=False))
def test_neither_order_nor_names_change_what_the_model_finds(said: list[Answer], shuffle: Random) -> None:
    names = {"x": "c", "y": "b", "z": "a"}
    turned = [Answer(f"item {one.item}", one.annotator.upper(), names[one.label]) for one in said]
    shuffle.shuffle(turned)
    there, back = dawid_skene(said, classes="xyz", most=8), dawid_skene(turned, classes="cba", most=8)
    rows = dict(zip(back.items, back.posteriors, strict=True))
    for item, row in zip(there.items, there.posteriors, strict=True):
        assert row == pytest.approx(rows[f"item {item}"], abs=1e-6)
    assert there.shares == pytest.approx(back.shares, abs=1e-6)
    assert there.confusion == pytest.approx(back.confusion, abs=1e-6)


@settings(max_examples=40)
@given(answers.filter(bool))
def test_what_the_model_finds_are_probabilities(said: list[Answer]) -> None:
    model = dawid_skene(said, most=20)
    for sums in (model.posteriors.sum(axis=1), model.shares.sum(), model.confusion.sum(axis=2)):
        assert np.allclose(sums, 1)
    assert set(model.labels()) == {one.item for one in said}


def test_a_tie_is_broken_by_the_rule_that_was_stated() -> None:
    votes = votes_of([Answer(1, "ana", "yes"), Answer(1, "bea", "no"), Answer(2, "ana", "no")])
    assert [votes.majority(item) for item in (1, 2, 3)] == [None, "no", None]
    assert [votes.majority(1, ties=ties) for ties in (("yes", "no"), ("no",), ("perhaps",))] == ["yes", "no", None]
    assert votes.majority(2, ties=("yes",)) == "no"


def test_without_a_label_of_ones_own_the_others_elect() -> None:
    votes = votes_of(Answer(1, str(who), label) for who, label in enumerate("xxyyz"))
    assert [votes.majority(1, without=label) for label in "xyz"] == ["y", "x", None]
    assert votes_of([Answer(1, "ana", "x")]).majority(1, without="x") is None


def test_without_an_answer_the_model_says_what_the_others_make_of_the_item() -> None:
    """As from the parameters: the share of a class times how often each of the others says so where it is true."""
    model = dawid_skene(FIT_FOR_ANAESTHESIA)
    alone = [one for one in FIT_FOR_ANAESTHESIA if one.annotator != "1"]
    for one, found in zip(alone, model.without(alone), strict=True):
        likely = model.shares.copy()
        for other in FIT_FOR_ANAESTHESIA:
            if other.item == one.item and other.annotator != one.annotator:
                likely *= model.confusion[model.annotators.index(other.annotator), :, model.classes.index(other.label)]
        assert found == model.classes[int(likely.argmax())]
    own = model.labels()
    assert any(own[one.item] != found for one, found in zip(alone, model.without(alone), strict=True))


@settings(max_examples=40)
@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_answers_elects_nobody(said: list[Answer], shuffle: Random) -> None:
    turned = list(said)
    shuffle.shuffle(turned)
    votes, others = votes_of(said), votes_of(turned)
    assert all(votes.majority(item, ties="zyx") == others.majority(item, ties="zyx") for item in range(10))
    assert confusion_with({1: "x", 2: "y"}, said) == confusion_with({1: "x", 2: "y"}, turned)


def test_confusion_counts_settled_answers_against_what_was_said() -> None:
    settled = {1: "edited", 2: "edited", 3: "approved", 4: "rejected"}
    said = [Answer(1, "bea", "approved"), Answer(2, "bea", "edited"), Answer(3, "bea", "approved")]
    said += [Answer(9, "bea", "approved"), Answer(4, "ana", "rejected")]
    ana, bea = confusion_with(settled, said).items()
    assert (ana[0], ana[1].agreeing) == ("ana", wilson(1, 1))
    assert bea[1].counts == {("edited", "approved"): 1, ("edited", "edited"): 1, ("approved", "approved"): 1}
    assert bea[1].agreeing == wilson(2, 3)
    assert bea[1].found("edited") == wilson(1, 2)
    assert bea[1].found("rejected").reason == NOTHING_COUNTED


def _said(draws: Random, truth: str, right: float) -> str:
    return truth if draws.random() < right else {"no": "yes", "yes": "no"}[truth]
