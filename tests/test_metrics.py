import json
import pickle
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics import silhouette_score as sklearn_silhouette_score
from sklearn.model_selection import GridSearchCV

from skn2d import metrics
from skn2d.metrics import (
    accuracy_scorer,
    clustering_accuracy_score,
    clustering_report,
    match_labels,
    neighborhood_agreement_score,
    neighborhood_agreement_scorer,
    silhouette_score,
    silhouette_scorer,
)

PAIR_FUNCTIONS = [match_labels, clustering_accuracy_score, clustering_report]
CRITERIA = [silhouette_score, neighborhood_agreement_score]


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(300, centers=3, cluster_std=0.3, random_state=0)


def brute_force_accuracy(labels_true, labels_pred):
    """Try every one-to-one naming of the clusters."""
    classes = list(np.unique(labels_true))
    clusters = [c for c in np.unique(labels_pred) if c != -1]
    names = classes + [None] * len(clusters)
    return max(
        sum(
            dict(zip(clusters, chosen, strict=False)).get(p) == t
            for t, p in zip(labels_true, labels_pred, strict=True)
        )
        for chosen in permutations(names, len(clusters))
    ) / len(labels_true)


def test_public_names_are_there():
    for name in metrics.__all__:
        assert callable(getattr(metrics, name))


# Clustering accuracy and renaming


@pytest.mark.parametrize("n_clusters", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_accuracy_is_that_of_the_best_naming(n_clusters, seed):
    rng = np.random.RandomState(seed)
    labels_true = rng.randint(3, size=30)
    labels_pred = rng.randint(-1, n_clusters, size=30)
    expected = brute_force_accuracy(labels_true, labels_pred)
    assert clustering_accuracy_score(labels_true, labels_pred) == pytest.approx(expected)


def test_accuracy_does_not_depend_on_names():
    rng = np.random.RandomState(0)
    labels_true, labels_pred = rng.randint(4, size=(2, 50))
    expected = clustering_accuracy_score(labels_true, labels_pred)
    new_pred = np.array([30, 10, 0, 20])[labels_pred]
    new_true = np.array(["d", "b", "a", "c"])[labels_true]
    assert clustering_accuracy_score(labels_true, new_pred) == expected
    assert clustering_accuracy_score(new_true, labels_pred) == expected
    assert clustering_accuracy_score(labels_pred, labels_true) == expected


def test_unequal_numbers_of_clusters_and_classes():
    assert clustering_accuracy_score([0, 0, 1, 1], [0, 0, 0, 0]) == 0.5
    assert clustering_accuracy_score([0, 0, 0, 0], [0, 1, 2, 3]) == 0.25
    assert clustering_accuracy_score([3], [5]) == 1.0


def test_noise_counts_as_wrong_and_is_never_matched():
    assert clustering_accuracy_score([0, 0, 1, 1], [-1, -1, 1, 1]) == 0.5
    assert clustering_accuracy_score([0, 0], [-1, -1]) == 0.0
    np.testing.assert_array_equal(match_labels([0, 0], [-1, -1]), [-1, -1])


def test_minus_one_is_an_ordinary_class():
    assert clustering_accuracy_score([-1, -1, 1, 1], [0, 0, 1, 1]) == 1.0
    np.testing.assert_array_equal(match_labels([-1, -1, 1, 1], [5, 5, 3, 3]), [-1, -1, 1, 1])
    assert clustering_accuracy_score([-1, -1, 1, 1], [-1, -1, 0, 0]) == 0.5


@pytest.mark.parametrize("largest", [2**63 - 1, 2**63 - 2])
def test_surplus_clusters_have_names_below_where_there_is_no_room_above(largest):
    classes = [largest, largest, largest, 0]
    matched = match_labels(classes, [0, 0, 1, 2])
    free = 1 if largest == 2**63 - 1 else largest + 1
    assert matched.tolist() == [largest, largest, free, 0]
    assert match_labels([largest], [-1]).tolist() == [-1]


@pytest.mark.parametrize("kind", [str, np.str_])
def test_strings_of_any_kind_are_labels(kind):
    names = np.array([kind("a"), kind("b"), kind("b")], dtype=object)
    assert match_labels(names, [0, 1, 1]).tolist() == ["a", "b", "b"]


# NumPy 2 brought strings of variable width.
STRING_DTYPES = ["U", "T"] if np.__version__.startswith("2") else ["U"]


@pytest.mark.parametrize("dtype", STRING_DTYPES)
def test_arrays_of_strings_are_labels(dtype):
    names = np.array(["a", "bb", "bb"], dtype=dtype)
    assert match_labels(names, [0, 1, 1]).tolist() == ["a", "bb", "bb"]


def test_matched_labels_agree_as_often_as_the_accuracy_says():
    rng = np.random.RandomState(1)
    labels_true, labels_pred = rng.randint(6, size=(2, 200))
    matched = match_labels(labels_true, labels_pred)
    assert np.mean(matched == labels_true) == clustering_accuracy_score(
        labels_true, labels_pred
    )
    assert adjusted_rand_score(matched, labels_pred) == 1.0
    np.testing.assert_array_equal(match_labels(labels_true, matched), matched)


def test_surplus_clusters_get_labels_that_no_class_has():
    matched = match_labels([5, 5, 5, 9], [0, 0, 1, 2])
    np.testing.assert_array_equal(matched, [5, 5, 10, 9])
    assert matched.dtype == np.int64
    # A new label must not read as noise either.
    assert match_labels([-3, -3, -3], [0, 0, 1]).tolist() == [-3, -3, 0]


def test_a_cluster_has_no_class_with_which_it_shares_no_row():
    truth, predicted = ["a"] * 6 + ["b"] * 2, [0, 0, 0, 0, 1, 1, -1, -1]
    assert match_labels(truth, predicted).tolist() == [
        *(["a"] * 4 + ["cluster 1"] * 2 + ["-1"] * 2)
    ]
    assert clustering_accuracy_score(truth, predicted) == 0.5
    report = clustering_report(truth, predicted, output_dict=True)
    assert report["clusters"][1]["matched_class"] is None


def test_string_classes_stay_strings():
    matched = match_labels(["cat", "cat", "cat", "dog", "dog"], [0, 0, 7, 1, -1])
    assert matched.dtype.kind == "U"
    assert matched.tolist() == ["cat", "cat", "cluster 7", "dog", "-1"]
    # The result can be given back: "-1" is noise among strings.
    truth = ["cat", "cat", "cat", "dog", "dog"]
    assert clustering_accuracy_score(truth, matched) == 0.6


def test_surplus_names_avoid_classes_of_that_name():
    truth = ["cluster 7", "cluster 7", "cluster 7"]
    assert match_labels(truth, [0, 0, 7]).tolist() == ["cluster 7", "cluster 7", "cluster 7'"]


@pytest.mark.parametrize(
    "labels",
    [
        [0, 0, 1],
        (0, 0, 1),
        np.array([0, 0, 1], dtype=np.uint8),
        np.array([0.0, 0.0, 1.0], dtype=np.float32),
        np.array([False, False, True]),
        np.array([0, 0, 1], dtype=object),
        np.array([b"0", b"0", b"1"]),
        [np.str_("a"), "a", "b"],
        np.array([2**63 - 1, 2**63 - 1, 0], dtype=np.uint64),
        np.ma.array([0, 0, 1]),
        pd.Series(["a", "a", "b"], dtype="category"),
        pd.Series(["a", "a", "b"], dtype="string"),
        pd.Series([0, 0, 1], dtype="Int64"),
    ],
    ids=lambda labels: str(getattr(labels, "dtype", type(labels).__name__)),
)
def test_kinds_of_labels(labels):
    assert clustering_accuracy_score(labels, [4, 4, 2]) == 1.0
    assert clustering_accuracy_score([4, 4, 2], labels) == 1.0


BAD_LABELS = [
    ([[0, 1], [1, 0]], r"one-dimensional.*\(2, 2\)"),
    (np.zeros((3, 1)), r"one-dimensional.*\(3, 1\)"),
    (3, "one-dimensional"),
    ([], "is empty"),
    ([0.0, np.nan, 1.0], "NaN"),
    ([0.0, 0.5, 1.0], "0.5.*measurement"),
    (np.array(["a", None, "b"], dtype=object), "NoneType, str"),
    (np.array([1, "a", 2], dtype=object), "int, str"),
    (np.array([1j, 2j, 3j]), "complex"),
    ([[0], [1, 2], [3]], "one label per row"),
    (["a", np.nan, "b"], "float, str"),
    (("a", 1, "b"), "int, str"),
    (np.array([2**64 - 1, 5, 5], dtype=np.uint64), "beyond the range of int64"),
    ([2.0**63, 1.0, 0.0], "beyond the range of int64"),
    ([1e19, 2e19, 0.0], "beyond the range of int64"),
    (np.array([2**70, 1, 2], dtype=object), "beyond the range of int64"),
    ([2**70, 1, 2], "beyond the range of int64"),
    (np.array([b"a", b"\xff", b"b"]), "bytes that are no text"),
    (np.ma.array([0, 1, 2], mask=[0, 1, 0]), "masked values"),
]


@pytest.mark.parametrize("function", PAIR_FUNCTIONS)
@pytest.mark.parametrize(("bad", "message"), BAD_LABELS)
def test_bad_labels_get_a_sentence(function, bad, message):
    with pytest.raises(ValueError, match=rf"labels_true.*{message}"):
        function(bad, [0, 1, 2])
    with pytest.raises(ValueError, match=rf"labels_pred.*{message}"):
        function([0, 1, 2], bad)


@pytest.mark.parametrize("function", PAIR_FUNCTIONS)
def test_different_lengths_get_a_sentence(function):
    with pytest.raises(ValueError, match=r"labels_true and labels_pred .* got 3 and 2"):
        function([0, 1, 2], [0, 1])


# Report


def test_report_as_dict():
    labels_true = ["a", "a", "a", "b", "b", "b"]
    labels_pred = [4, 4, 2, 2, 2, -1]
    report = clustering_report(labels_true, labels_pred, output_dict=True)
    clusters = report.pop("clusters")
    assert report == {
        "accuracy": pytest.approx(4 / 6),
        "normalized_mutual_info": pytest.approx(
            normalized_mutual_info_score(labels_true, labels_pred)
        ),
        "adjusted_rand": pytest.approx(adjusted_rand_score(labels_true, labels_pred)),
        "noise_share": pytest.approx(1 / 6),
        "n_samples": 6,
        "n_classes": 2,
        "n_clusters": 2,
    }
    assert clusters == {
        2: {
            "size": 3,
            "majority_class": "b",
            "matched_class": "b",
            "purity": pytest.approx(2 / 3),
        },
        4: {"size": 2, "majority_class": "a", "matched_class": "a", "purity": 1.0},
    }


def test_report_holds_plain_values_only():
    report = clustering_report([0, 0, 0, 1], [0, 0, 1, 2], output_dict=True)
    assert json.loads(json.dumps(report))["clusters"]["1"]["matched_class"] is None


def test_report_as_text():
    text = clustering_report([0, 0, 0, 1, 1, 1], [4, 4, 2, 2, 2, -1])
    lines = [line.split() for line in text.splitlines()]
    assert ["2", "3", "1", "1", "0.667"] in lines
    assert ["noise", "1", "-", "-", "-"] in lines
    assert ["accuracy", "(ACC)", "0.667"] in lines
    assert ["clusters", "2"] in lines
    table = text.splitlines()[:5]
    assert len({len(line) for line in table if line}) == 1


def test_report_without_noise_has_no_noise_line_and_all_noise_has_no_cluster():
    lines = clustering_report([0, 1], [0, 1]).splitlines()
    assert not any(line.strip().startswith("noise") for line in lines)
    report = clustering_report([0, 1], [-1, -1], output_dict=True)
    assert report["clusters"] == {}
    assert report["noise_share"] == 1.0
    assert report["accuracy"] == 0.0


# Criteria without true labels


def test_silhouette_is_scikit_learns_without_noise(blobs):
    X, y = blobs
    assert silhouette_score(X, y) == pytest.approx(sklearn_silhouette_score(X, y))


def test_silhouette_counts_noise_as_zero(blobs):
    X, y = blobs
    labels = np.where(np.arange(len(y)) % 3 == 0, -1, y)
    kept = labels != -1
    expected = sklearn_silhouette_score(X[kept], y[kept]) * kept.mean()
    assert silhouette_score(X, labels) == pytest.approx(expected)
    assert silhouette_score(X, labels) < silhouette_score(X, y)


def test_no_structure_gives_the_floor(blobs):
    X, y = blobs
    for labels in (np.zeros_like(y), np.full_like(y, -1), np.where(y == 0, 0, -1)):
        assert silhouette_score(X, labels) == -1.0
        assert neighborhood_agreement_score(X, labels) == 0.0
    assert silhouette_score(X[:1], [0]) == -1.0
    assert neighborhood_agreement_score(X[:1], [0]) == 0.0
    assert silhouette_score(X, np.arange(len(X))) == 0.0
    assert neighborhood_agreement_score(X, np.arange(len(X))) == 0.0


@pytest.mark.parametrize("sample_size", [10, 11, 50, 99, 100, None])
def test_silhouette_sample_takes_pairs_where_clusters_are_many(sample_size):
    """Single rows of each would say nothing."""
    X = np.repeat(np.arange(50.0) * 100, 20) + np.arange(1000) % 20 * 0.01
    labels = np.repeat(np.arange(50), 20)
    score = silhouette_score(X[:, np.newaxis], labels, sample_size=sample_size)
    assert 0.99 < score < 1
    # Groups of one row have no silhouette, whatever is drawn.
    assert silhouette_score(X[:, np.newaxis], np.arange(1000), sample_size=10) == 0


def test_silhouette_sample_keeps_small_clusters(blobs):
    X, _ = blobs
    labels = np.zeros(len(X), dtype=int)
    far = np.vstack([X, X[:1] + 1000])
    scores = [
        silhouette_score(far, np.append(labels, 1), sample_size=10, random_state=seed)
        for seed in range(5)
    ]
    assert min(scores) > 0.8


def test_agreement_by_hand():
    X = [[0.0], [1.0], [1.9], [3.0], [10.0], [11.0]]
    observed = 5 / 6  # only the row at 3.0 has its neighbour in the other cluster
    expected = 2 / 5  # each row shares its label with two of the five others
    score = neighborhood_agreement_score(X, [0, 0, 0, 1, 1, 1], n_neighbors=1)
    assert score == pytest.approx((observed - expected) / (1 - expected))


def test_agreement_of_random_labels_is_chance(digits):
    X, y = digits
    shuffled = np.random.RandomState(0).permutation(y)
    assert abs(neighborhood_agreement_score(X, shuffled)) < 0.02
    skewed = np.random.RandomState(0).permutation(np.arange(len(y)) < 0.9 * len(y))
    assert abs(neighborhood_agreement_score(X, skewed)) < 0.03
    assert neighborhood_agreement_score(X, y) > 0.9


def test_agreement_punishes_noise_in_proportion(blobs):
    X, y = blobs
    assert neighborhood_agreement_score(X, y) == pytest.approx(1.0)
    scores = [
        neighborhood_agreement_score(X, np.where(np.arange(len(y)) % step == 0, -1, y))
        for step in (10, 4, 2)
    ]
    assert 1 > scores[0] > scores[1] > scores[2] > 0


def test_noise_agrees_with_nothing_even_among_itself(blobs):
    X, y = blobs
    labels = np.where(y == 2, -1, y)
    observed = 2 / 3
    expected = 2 / 3 * 99 / 299
    score = neighborhood_agreement_score(X, labels)
    assert score == pytest.approx((observed - expected) / (1 - expected))


def test_agreement_does_not_count_the_row_itself_nor_trip_over_copies():
    X = np.repeat([[0.0], [1.0]], 3, axis=0)
    assert neighborhood_agreement_score(X, [0, 0, 0, 1, 1, 1], n_neighbors=2) == 1.0
    alone = neighborhood_agreement_score([[0.0], [1.0], [9.0]], [0, 0, 1], n_neighbors=1)
    assert alone == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))


def test_agreement_takes_all_neighbors_there_are(blobs):
    X, y = blobs
    few = neighborhood_agreement_score(X[:5], [0, 0, 1, 1, 1], n_neighbors=15)
    assert few == pytest.approx(0.0)
    assert neighborhood_agreement_score(X, y, n_neighbors=1000) == pytest.approx(0.0)


def test_agreement_reads_wide_rows_in_parts():
    # 5,000 rows of 4,096 columns are read in three parts; the nearest row lies far away.
    X = np.random.RandomState(0).randint(200, size=(2500, 4096)).astype(np.uint8)
    X = np.vstack([X, X + 1])
    labels = np.tile(np.arange(2500) % 2, 2)
    alone = {"n_neighbors": 1, "sample_size": 50}
    assert neighborhood_agreement_score(X, labels, **alone) == 1.0
    labels[2500:] = 1 - labels[2500:]
    assert neighborhood_agreement_score(X, labels, **alone) < -0.9


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
def test_criteria_read_sparse_and_other_dtypes(criterion, dtype, digits):
    X, y = digits
    expected = criterion(X, y, sample_size=200)
    for other in (X.astype(dtype), sp.csr_matrix(X), sp.csr_array(X), pd.DataFrame(X)):
        assert criterion(other, y, sample_size=200) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_criteria_take_names_and_seeds(criterion, digits):
    X, y = digits
    names = np.array([f"digit {label}" for label in y])
    assert criterion(X, names, sample_size=200) == criterion(X, y, sample_size=200)
    other = criterion(X, y, sample_size=200, random_state=1)
    assert other != criterion(X, y, sample_size=200)
    assert other == pytest.approx(criterion(X, y, sample_size=None), abs=0.05)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_criteria_leave_the_global_seed_and_the_rows_alone(criterion, digits):
    X, y = digits
    before = X.copy()
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    criterion(X, y, sample_size=100)
    assert np.random.rand() == expected
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("offset", [1e9, [0, 1.7e9], [-1e12, 1e6]])
def test_criteria_do_not_depend_on_where_the_rows_are(criterion, offset, blobs):
    X, y = blobs
    X = X * 1024  # sums with these offsets have error enough of their own
    assert criterion(X + offset, y) == pytest.approx(criterion(X, y), abs=1e-4)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
def test_criteria_refuse_rows_without_distances(criterion, kind, blobs):
    X, y = blobs
    with pytest.raises(ValueError, match=r"beyond 1e\+150"):
        criterion(kind(X * 1e160), y)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_criteria_refuse_bad_input(criterion, blobs):
    X, y = blobs
    with pytest.raises(ValueError, match=r"X and labels .* got 300 and 299"):
        criterion(X, y[1:])
    with pytest.raises(ValueError, match="labels must be one-dimensional"):
        criterion(X, y[:, None])
    with pytest.raises(ValueError, match="labels contains NaN"):
        criterion(X, np.where(y == 0, np.nan, y))
    with pytest.raises(ValueError, match="X contains NaN"):
        criterion(np.where(X > 0, np.nan, X), y)
    with pytest.raises(ValueError, match="2D array"):
        criterion(X[:, 0], y)
    with pytest.raises(ValueError, match="'sample_size' parameter"):
        criterion(X, y, sample_size=1)
    with pytest.raises(ValueError, match="'random_state' parameter"):
        criterion(X, y, random_state="seed")


def test_agreement_refuses_bad_n_neighbors(blobs):
    for bad in (0, 2.5, None):
        with pytest.raises(ValueError, match="'n_neighbors' parameter"):
            neighborhood_agreement_score(*blobs, n_neighbors=bad)


# Scorers


def test_scorers_compute_what_they_are_named_after(digits):
    X, y = digits
    model = KMeans(10, n_init=1, random_state=0).fit(X)
    labels = model.predict(X)
    assert accuracy_scorer(model, X, y) == clustering_accuracy_score(y, labels)
    assert silhouette_scorer(model, X) == silhouette_score(X, labels)
    agreement = neighborhood_agreement_score(X, labels)
    assert neighborhood_agreement_scorer(model, X, y) == agreement


def test_accuracy_scorer_without_y_names_the_way_out(blobs):
    model = KMeans(3, n_init=1).fit(blobs[0])
    with pytest.raises(ValueError, match=r"y is None.*silhouette_scorer"):
        accuracy_scorer(model, blobs[0])


@pytest.mark.parametrize(
    "scorer", [accuracy_scorer, silhouette_scorer, neighborhood_agreement_scorer]
)
def test_scorers_pickle(scorer):
    assert pickle.loads(pickle.dumps(scorer)) is scorer


@pytest.mark.parametrize("scorer", [silhouette_scorer, neighborhood_agreement_scorer])
def test_search_in_two_processes_without_y(scorer, blobs):
    X, _ = blobs
    grid = {"n_clusters": [1, 3, 20]}
    search = GridSearchCV(
        KMeans(n_init=2, random_state=0), grid, scoring=scorer, cv=2, n_jobs=2
    )
    assert search.fit(X).best_params_ == {"n_clusters": 3}


def test_search_over_several_scorers_with_y(blobs):
    scoring = {"accuracy": accuracy_scorer, "silhouette": silhouette_scorer}
    search = GridSearchCV(
        KMeans(n_init=2, random_state=0),
        {"n_clusters": [2, 3]},
        scoring=scoring,
        cv=2,
        refit="accuracy",
    )
    search.fit(*blobs)
    assert search.best_params_ == {"n_clusters": 3}
    assert search.best_score_ == 1.0
    assert np.isfinite(search.cv_results_["mean_test_silhouette"]).all()
