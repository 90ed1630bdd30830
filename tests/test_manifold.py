"""InductiveManifold: training rows keep their place, new rows join the majority."""

import copy
import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.manifold import TSNE, Isomap, LocallyLinearEmbedding, SpectralEmbedding
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.estimator_checks import check_estimator

from skn2d import InductiveManifold, _neighbors, _umap

# Few columns are searched by a tree, many by a pass over all rows.
N_COLUMNS = (6, 40)


class Given(BaseEstimator):
    """A learner that returns what it was given, and remembers what it was called with."""

    calls = ()

    def __init__(self, embedding=None):
        self.embedding = embedding

    def fit_transform(self, X, y=None):
        Given.calls = (*Given.calls, (X, y))
        return self.embedding


class OnlyFit(BaseEstimator):
    def fit(self, X, y=None):
        self.embedding_ = X[:, :2] * 2
        return self


class FitsNothing(BaseEstimator):
    def fit(self, X, y=None):
        return self


def blobs(n_columns, n_samples=400, seed=0):
    X, _ = make_blobs(n_samples, n_columns, centers=5, random_state=seed)
    return X


@pytest.fixture(scope="module", params=N_COLUMNS)
def fitted(request):
    X = blobs(request.param)
    return InductiveManifold(PCA(3)).fit(X[:300]), X[:300], X[300:]


def reference_places(X, coordinates, new, n_neighbors):
    """The definition, written down plainly: one row after the other, by an optimiser."""
    places = []
    for row in new:
        distances = np.sqrt(((X - row) ** 2).sum(axis=1))
        near = np.argsort(distances)[:n_neighbors]
        anchors, weights = coordinates[near], distances[near].min() / distances[near]

        def cost(place, anchors=anchors, weights=weights):
            return (weights * np.linalg.norm(anchors - place, axis=1)).sum()

        options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000}
        starts = [np.average(anchors, axis=0, weights=weights), *anchors]
        best = min(starts, key=cost)
        found = minimize(cost, best, method="Nelder-Mead", options=options).x
        places.append(min((best, found), key=cost))
    return np.array(places)


@pytest.mark.parametrize("n_neighbors", [2, 14, 15, 30])
@pytest.mark.parametrize("n_components", [1, 2])
def test_a_row_between_equally_good_places_has_one_answer(n_neighbors, n_components):
    """Alone and among others, though sums of one group's numbers have another order."""
    X = np.stack(np.meshgrid(np.arange(12.0), np.arange(12.0)), axis=-1).reshape(-1, 2)
    new = X[:121:3] + 0.5
    manifold = InductiveManifold(PCA(n_components), n_neighbors=n_neighbors).fit(X)
    alone = np.concatenate([manifold.transform(row[np.newaxis]) for row in new])
    assert_array_equal(alone, manifold.transform(new))


def test_new_rows_get_the_geometric_median_of_their_neighbours(fitted):
    manifold, X, new = fitted
    expected = reference_places(X, PCA(3).fit_transform(X), new[:25], 15)
    assert_allclose(manifold.transform(new[:25]), expected, atol=1e-4)


def test_neighbours_are_exact_far_from_the_origin():
    X = blobs(40)
    learner = Given(np.random.RandomState(0).normal(size=(300, 2)))
    near = InductiveManifold(learner, n_neighbors=3).fit(X[:300])
    far = InductiveManifold(learner, n_neighbors=3).fit(X[:300] + 2.0**20)
    assert_allclose(far.transform(X[300:] + 2.0**20), near.transform(X[300:]), atol=1e-4)


def test_a_new_row_joins_the_majority_and_not_the_void():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    embedding = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [100.0, 0.0], [100.0, 0.0]])
    manifold = InductiveManifold(Given(embedding), n_neighbors=5).fit(X)
    assert_array_equal(manifold.transform([[2.2]]), [[0.0, 0.0]])
    assert_array_equal(manifold.transform([[3.4]]), [[100.0, 0.0]])


def test_training_rows_keep_their_place(fitted):
    manifold, X, _ = fitted
    assert_allclose(manifold.embedding_, PCA(3).fit_transform(X))
    assert_array_equal(manifold.transform(X), manifold.embedding_)
    assert_array_equal(clone(manifold).fit_transform(X), manifold.embedding_)


@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_last_bit_noise_does_not_move_a_training_row(n_columns):
    X = blobs(n_columns)
    manifold = InductiveManifold(PCA(2)).fit(X)
    noisy = X.astype(np.float32).astype(np.float64)
    assert not np.array_equal(noisy, X)
    assert_array_equal(manifold.transform(noisy), manifold.embedding_)


def test_an_answer_depends_on_its_row_alone(fitted):
    manifold, _, new = fitted
    places = manifold.transform(new)
    order = np.random.RandomState(0).permutation(len(new))
    assert_array_equal(manifold.transform(new[order]), places[order])
    for size in (1, 2, 3, 30):
        parts = [manifold.transform(new[i : i + size]) for i in range(0, 60, size)]
        assert_array_equal(np.concatenate(parts), places[:60])
    crowd = np.concatenate([new, *(new + step for step in np.arange(1, 11.0))])
    assert_array_equal(manifold.transform(crowd)[: len(new)], places)


@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_ties_do_not_depend_on_the_batch(n_columns):
    random_state = np.random.RandomState(0)
    X = random_state.randint(0, 2, size=(2000, n_columns)).astype(float)
    learner = Given(random_state.normal(size=(2000, 2)))
    manifold = InductiveManifold(learner, n_neighbors=5).fit(X)
    new = random_state.randint(0, 2, size=(60, n_columns)) + 0.5
    places = manifold.transform(new)
    singly = np.concatenate([manifold.transform(row[np.newaxis]) for row in new])
    assert_array_equal(singly, places)


@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_one_row_and_many_have_the_same_neighbours(n_columns):
    """They are searched for in different ways, in threads where there are many."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(6000, n_columns))
    manifold = InductiveManifold(PCA(2)).fit(X)
    new = random_state.normal(size=(700, n_columns))
    places = manifold.transform(new)
    for row in range(0, 700, 20):
        assert_array_equal(manifold.transform(new[row : row + 1])[0], places[row])


@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_equal_rows_share_one_place(n_columns):
    X = blobs(n_columns, 50)
    X[40:] = X[0]
    X[30] = 0.0
    X[31] = -0.0
    embedding = np.random.RandomState(0).normal(size=(50, 2))
    manifold = InductiveManifold(Given(embedding)).fit(X)
    assert len(manifold.codes_) == 39
    assert_array_equal(manifold.codes_[0], X[0])
    assert_array_equal(manifold.transform(X), manifold.embedding_)
    assert len(np.unique(manifold.embedding_[[0, *range(40, 50)]], axis=0)) == 1
    assert_array_equal(manifold.embedding_[1:30], embedding[1:30])
    copies = embedding[[0, *range(40, 50)]]

    def cost(place):
        return np.linalg.norm(copies - place, axis=1).sum()

    best = minimize(cost, copies.mean(axis=0), method="Nelder-Mead").fun
    assert cost(manifold.embedding_[0]) <= best + 1e-6


def test_all_rows_equal_make_one_code():
    manifold = InductiveManifold(Given(np.eye(5))).fit(np.ones((5, 3)))
    assert manifold.codes_.shape == (1, 3)
    assert_array_equal(manifold.transform(np.zeros((1, 3))), manifold.embedding_[:1])


@pytest.mark.parametrize(
    "learner",
    [
        TSNE(perplexity=5, max_iter=250, method="exact", random_state=0),
        Isomap(n_neighbors=10),
        LocallyLinearEmbedding(n_neighbors=10, random_state=0),
        SpectralEmbedding(n_neighbors=10, random_state=0),
        OnlyFit(),
    ],
    ids=lambda learner: type(learner).__name__,
)
def test_learners_of_all_kinds(learner):
    X = load_digits(n_class=1).data
    manifold = InductiveManifold(learner).fit(X[:120])
    assert manifold.embedding_.shape == (120, 2)
    assert_array_equal(manifold.transform(X[:120]), manifold.embedding_)
    assert manifold.transform(X[120:]).dtype == np.float64
    assert np.isfinite(manifold.transform(X[120:])).all()


@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_with_the_cosine_metric_the_length_of_a_row_does_not_matter(n_columns):
    X = blobs(n_columns).astype(np.float32)
    manifold = InductiveManifold(OnlyFit(), metric="cosine").fit(X)
    assert_allclose(np.linalg.norm(manifold.codes_, axis=1), 1, rtol=1e-6)
    assert_array_equal(manifold.embedding_, 2 * manifold.codes_[:, :2])
    assert_array_equal(manifold.transform(X), manifold.embedding_)
    assert_array_equal(manifold.transform(X[7:8].astype(np.float64)), manifold.embedding_[7:8])
    new = X[:50] + np.float32(0.1)
    assert_array_equal(manifold.transform(4 * new), manifold.transform(new))


def test_with_the_cosine_metric_the_nearest_rows_are_those_at_the_least_angle():
    X, new = blobs(6)[:200], blobs(6)[200:]
    manifold = InductiveManifold(OnlyFit(), n_neighbors=1, metric="cosine").fit(X)
    nearest = NearestNeighbors(n_neighbors=1, metric="cosine").fit(X)
    expected = nearest.kneighbors(new, return_distance=False)[:, 0]
    assert_array_equal(manifold.transform(new), manifold.embedding_[expected])
    by_distance = InductiveManifold(OnlyFit(), n_neighbors=1).fit(X)
    others = by_distance._search.query(by_distance.codes_, new, 1)[1][:, 0]
    assert (others != expected).any()


def test_neighbours_can_be_more_than_rows():
    X = blobs(3, 8)
    manifold = InductiveManifold(PCA(2), n_neighbors=100).fit(X)
    assert_array_equal(manifold.transform(X), manifold.embedding_)


def test_the_labels_stay_out_and_the_dtype_stays():
    X = blobs(4, 30)
    for dtype in (np.float32, np.float64):
        InductiveManifold(Given(X[:, :2])).fit(X.astype(dtype), np.arange(30))
        seen, labels = Given.calls[-1]
        assert labels is None
        assert seen.dtype == dtype
    InductiveManifold(Given(X[:, :2])).fit(np.arange(60).reshape(30, 2))
    assert Given.calls[-1][0].dtype == np.float64


def test_codes_are_stored_in_less_precision_where_that_is_exact():
    digits = load_digits().data[:200]
    assert InductiveManifold(PCA(2)).fit(digits).codes_.dtype == np.float16
    assert InductiveManifold(PCA(2)).fit(digits + 2048.5).codes_.dtype == np.float32
    assert InductiveManifold(PCA(2)).fit(digits / 3).codes_.dtype == np.float64


def test_the_learner_is_cloned_and_kept_only_on_request():
    X = blobs(4, 30)
    learner = PCA(2)
    manifold = InductiveManifold(learner, keep_manifold=True).fit(X)
    assert isinstance(manifold.manifold_, PCA)
    assert manifold.manifold_ is not learner
    assert not hasattr(learner, "components_")
    assert not hasattr(manifold.set_params(keep_manifold=False).fit(X), "manifold_")


def test_names_and_frames():
    frame = pd.DataFrame(blobs(3, 30), columns=["a", "b", "c"])
    manifold = InductiveManifold(PCA(2)).set_output(transform="pandas").fit(frame)
    expected = ["inductivemanifold0", "inductivemanifold1"]
    assert list(manifold.get_feature_names_out()) == expected
    assert list(manifold.transform(frame).columns) == expected
    assert list(manifold.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        manifold.transform(frame[["b", "a", "c"]])


@pytest.mark.parametrize(
    ("learner", "error", "message"),
    [
        (3, TypeError, "manifold must be an estimator.*got 3"),
        (PCA, TypeError, r"not the class PCA; pass PCA\(\)"),
        (FitsNothing(), TypeError, "FitsNothing.*embedding_"),
        (Isomap(metric="precomputed"), ValueError, "metric='precomputed'"),
        (Given(np.full((30, 2), np.nan)), ValueError, "NaN"),
        (Given(np.zeros((29, 2))), ValueError, r"shape \(29, 2\) for 30 rows"),
        (Given(np.zeros(30)), ValueError, r"shape \(30,\)"),
        (TSNE(perplexity=90), ValueError, r"perplexity.* must be less than n_samples"),
        (PCA(9), ValueError, r"PCA\(n_components=9\).*30 sample"),
    ],
)
def test_unusable_learners_get_a_sentence_and_leave_the_earlier_fit(learner, error, message):
    X = blobs(4, 30)
    manifold = InductiveManifold(PCA(2)).fit(X)
    before = manifold.transform(X + 0.1)
    with pytest.raises(error, match=message):
        manifold.set_params(manifold=learner).fit(X[:, :3] if learner == 3 else X)
    assert_array_equal(manifold.transform(X + 0.1), before)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.full((5, 2), np.nan), "NaN"),
        (np.ones((1, 2)), "minimum of 2 is required"),
        (np.ones(5), "1D array"),
        (np.ones((2, 2, 2)), "dim 3"),
        (np.ones((5, 2)) * 1j, "[Cc]omplex"),
        ([["a", "b"], ["c", "d"]], "bytes/strings"),
    ],
)
def test_unusable_rows_get_a_sentence(X, message):
    with pytest.raises(ValueError, match=message):
        InductiveManifold(PCA(1)).fit(X)


def test_a_frozen_learner_gets_a_sentence():
    X = blobs(3, 50)
    for learner in (PCA(2), Isomap(n_components=2)):
        with pytest.raises(TypeError, match=r"is frozen.*Pass the learner itself"):
            InductiveManifold(FrozenEstimator(learner.fit(X))).fit(X)


@pytest.mark.parametrize("n_columns", [3, 30])
@pytest.mark.parametrize("n_rows", [1, 40])
def test_rows_too_far_away_for_distances_get_a_sentence(n_columns, n_rows):
    with pytest.raises(ValueError, match=r"beyond 1e\+150.*scale them"):
        InductiveManifold(PCA(2)).fit(blobs(n_columns, 200) * 1e200)
    fitted = InductiveManifold(PCA(2)).fit(blobs(n_columns, 200))
    far = np.full((n_rows, n_columns), 1e149)
    assert np.isfinite(fitted.transform(far)).all()
    with pytest.raises(ValueError, match=r"beyond 1e\+150.*scale them"):
        fitted.transform(-100 * far)


def test_misuse_gets_a_sentence():
    X = blobs(4, 30)
    with pytest.raises(ValueError, match="'n_neighbors' parameter"):
        InductiveManifold(PCA(2), n_neighbors=0).fit(X)
    with pytest.raises(NotFittedError):
        InductiveManifold(PCA(2)).transform(X)
    with pytest.raises(AttributeError, match="embedding_"):
        _ = InductiveManifold(PCA(2)).embedding_
    with pytest.raises(ValueError, match="expecting 4 features"):
        InductiveManifold(PCA(2)).fit(X).transform(X[:, :3])


def test_copies_answer_alike(fitted, tmp_path):
    manifold, _, new = fitted
    joblib.dump(manifold, tmp_path / "manifold.joblib")
    for copied in (
        copy.deepcopy(manifold),
        pickle.loads(pickle.dumps(manifold)),
        joblib.load(tmp_path / "manifold.joblib"),
    ):
        assert_array_equal(copied.transform(new), manifold.transform(new))
        assert_array_equal(copied.embedding_, manifold.embedding_)


def test_a_file_holds_codes_and_coordinates_and_little_else(tmp_path):
    X = np.random.RandomState(0).normal(size=(20_000, 30)).astype(np.float32)
    manifold = InductiveManifold(PCA(10)).fit(X)
    manifold.transform(X[:5])
    joblib.dump(manifold, tmp_path / "manifold.joblib")
    size = (tmp_path / "manifold.joblib").stat().st_size
    assert size < 1.01 * 20_000 * (30 + 10) * 4 + 10_000


@pytest.mark.parametrize("how", ["pickle", "skops"])
def test_a_file_holds_the_cells_that_new_rows_look_in(how, monkeypatch):
    X, new = np.split(blobs(20, 5000), [4500])
    manifold = InductiveManifold(PCA(2)).fit(X)
    assert manifold._search._cells is not None
    assert_array_equal(manifold.transform(X), manifold.embedding_)
    if how == "pickle":
        data = pickle.dumps(manifold)
    else:
        data = skops.io.dumps(manifold)
        unknown = skops.io.get_untrusted_types(data=data)
        assert all(name.startswith("skn2d.") for name in unknown)

    def find_again(*args):
        raise AssertionError("They are in the file.")

    monkeypatch.setattr(_neighbors, "find_cells", find_again)
    loaded = pickle.loads(data) if how == "pickle" else skops.io.loads(data, trusted=unknown)
    assert_array_equal(loaded.transform(new), manifold.transform(new))
    assert_array_equal(loaded.transform(new[:1]), manifold.transform(new)[:1])


def test_skops_meets_no_foreign_type():
    X = blobs(4, 30)
    manifold = InductiveManifold(Isomap(n_neighbors=8)).fit(X)
    data = skops.io.dumps(manifold)
    unknown = skops.io.get_untrusted_types(data=data)
    assert all(name.startswith("skn2d.") for name in unknown)
    loaded = skops.io.loads(data, trusted=unknown)
    assert_array_equal(loaded.transform(X + 0.1), manifold.transform(X + 0.1))


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("learner", [PCA(2), Isomap()], ids=["PCA", "Isomap"])
@pytest.mark.filterwarnings("ignore:The number of connected components:UserWarning")
@pytest.mark.filterwarnings("ignore:Changing the sparsity structure")
def test_scikit_learn_checks(learner, metric):
    results = check_estimator(InductiveManifold(learner, metric=metric), on_skip=None)
    unusual = {r["check_name"] for r in results if r["status"] != "passed"}
    assert unusual <= {"check_array_api_input"}


FRESH = """
import sys
import joblib
import numpy as np

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "umap", "numba", "hdbscan"):
            raise ImportError(f"{name} is refused here")

sys.meta_path.insert(0, Refuse())
folder = sys.argv[1]
manifold = joblib.load(f"{folder}/manifold.joblib")
new, places = np.load(f"{folder}/new.npy"), np.load(f"{folder}/places.npy")
np.testing.assert_array_equal(manifold.transform(new), places)
"""


def test_umap_is_fitted_to_its_data_and_not_needed_afterwards(tmp_path):
    import umap  # takes long

    X = blobs(5, 40)
    learner = umap.UMAP(n_neighbors=20, n_epochs=20, random_state=0)
    params = learner.get_params()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        manifold = InductiveManifold(learner).fit(X[:30], np.arange(30))
        places = manifold.transform(X)
        # Fewer rows than neighbours, fewer than the spectral start needs, unconnected
        # groups, and equal rows.
        groups = np.repeat(1000.0 * np.arange(4), 8)[:, np.newaxis] + X[:32] / 10
        for rows in (X[:15], X[:3], groups, np.repeat(X[:4], 6, axis=0)):
            small = clone(learner).set_params(n_components=7, n_neighbors=5)
            small = InductiveManifold(small).fit(rows)
            assert small.embedding_.shape == (len(rows), 7)
            assert_array_equal(small.transform(rows), small.embedding_)
    assert learner.get_params() == params
    assert_array_equal(clone(manifold).fit(X[:30]).transform(X), places)

    joblib.dump(manifold, tmp_path / "manifold.joblib")
    np.save(tmp_path / "new.npy", X)
    np.save(tmp_path / "places.npy", places)
    command = [sys.executable, "-c", FRESH, str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)

    bad = umap.UMAP(negative_sample_rate=-1)
    with pytest.raises(ValueError, match=r"negative sample rate") as raised:
        InductiveManifold(bad).fit(X)
    assert f"manifold={bad!r} could not embed 40 sample" in str(raised.value)


def test_parameters_of_the_default_learner_are_reached():
    manifold = InductiveManifold().set_params(manifold__n_neighbors=7)
    assert manifold.manifold.n_neighbors == 7
    assert manifold.manifold.min_dist == 0


def test_the_default_learner_is_a_umap():
    X = blobs(5, 60)
    manifold = InductiveManifold(keep_manifold=True, random_state=0).fit(X)
    assert type(manifold.manifold_).__module__.startswith("umap")
    assert manifold.embedding_.shape == (60, 2)
    again = InductiveManifold(keep_manifold=True, random_state=0).fit(X)
    assert_array_equal(again.embedding_, manifold.embedding_)
    assert InductiveManifold(keep_manifold=True).fit(X).manifold_.random_state is None


@pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_umap_leaves_the_earlier_fit_and_the_threads(failure, monkeypatch):
    import numba
    import umap

    X = blobs(5, 60)
    manifold = InductiveManifold(random_state=0).fit(X)
    places = manifold.embedding_

    def interrupt(self, *args):
        assert numba.get_num_threads() == 1
        raise failure

    threads = numba.get_num_threads()
    with monkeypatch.context() as patches:
        patches.setattr(umap.UMAP, "_fit_embed_data", interrupt)
        with pytest.raises(failure):
            manifold.fit(X[:40])
    assert numba.get_num_threads() == threads
    assert_array_equal(manifold.embedding_, places)
    assert_array_equal(manifold.transform(X), places)
    assert_array_equal(manifold.fit(X).embedding_, places)


def test_a_copy_for_inference_does_not_keep_the_learner():
    X = blobs(5)
    manifold = InductiveManifold(PCA(2), keep_manifold=True).fit(X)
    lean = manifold.for_inference()
    assert not hasattr(lean, "manifold_")
    assert hasattr(manifold, "manifold_")
    assert lean.codes_ is manifold.codes_
    assert lean.manifold is not manifold.manifold
    assert_array_equal(lean.embedding_, manifold.embedding_)
    assert_array_equal(lean.transform(X + 0.1), manifold.transform(X + 0.1))
    assert hasattr(lean.fit(X), "manifold_")
    with pytest.raises(NotFittedError):
        InductiveManifold(PCA(2)).for_inference()


def test_umap_keeps_to_its_share_of_cores(monkeypatch):
    import umap

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    learner = umap.UMAP(n_neighbors=5, n_epochs=20)
    manifold = InductiveManifold(learner, keep_manifold=True).fit(blobs(5, 60))
    assert learner.n_jobs == -1
    assert manifold.manifold_.n_jobs == 1


@pytest.fixture
def handed(monkeypatch):
    """The neighbours that each UMAP was given."""
    given = []
    embed = _umap._fit_adapted

    def watch(learner, *args):
        given.append(learner.precomputed_knn)
        return embed(learner, *args)

    monkeypatch.setattr(_umap, "_fit_adapted", watch)
    return given


@pytest.mark.parametrize("n_columns", N_COLUMNS)
@pytest.mark.parametrize("n_copies", [1, 2])
def test_umap_gets_exact_neighbours(n_columns, n_copies, handed):
    import umap

    distinct = blobs(n_columns, 200)
    X = np.repeat(distinct, n_copies, axis=0)
    learner = umap.UMAP(n_neighbors=7, n_epochs=20, random_state=0)
    manifold = InductiveManifold(learner).fit(X)
    ((indices, distances, _),) = handed
    exact = NearestNeighbors(n_neighbors=7).fit(distinct).kneighbors(distinct)[0]
    assert_allclose(distances, exact, atol=1e-5)
    found = np.linalg.norm(distinct[indices] - distinct[:, np.newaxis], axis=2)
    assert_allclose(found, exact, atol=1e-5)
    assert_array_equal(manifold.transform(X), manifold.embedding_)
    assert learner.precomputed_knn == (None, None, None)


def test_many_copies_of_a_few_rows_are_not_searched_row_by_row(monkeypatch):
    rng = np.random.RandomState(0)
    rows = rng.normal(size=(20, 100))[rng.randint(20, size=2000)]

    def search(*args):
        raise AssertionError("There are nearer rows than copies?")

    monkeypatch.setattr(_neighbors._Scan, "_from_all", search)
    distances, indices = _neighbors.NeighborSearch().query(rows, rows, 10)
    assert not distances.any()
    assert (rows[indices] == rows[:, np.newaxis]).all()


def test_a_start_for_each_row_is_that_of_the_rows_without_copies():
    import umap

    X, start = blobs(6, 60), np.random.RandomState(0).normal(size=(60, 2))
    params = {"n_neighbors": 7, "n_epochs": 20, "random_state": 0}
    alone = InductiveManifold(umap.UMAP(init=start, **params)).fit(X)
    copied = umap.UMAP(init=np.concatenate([start, start[:2] + 9]), **params)
    manifold = InductiveManifold(copied).fit(np.concatenate([X, X[:2]]))
    assert_array_equal(manifold.embedding_[:60], alone.embedding_)


def test_copies_do_not_change_the_layout():
    """Among many of them UMAP would find no neighbours but copies."""
    import umap

    X = blobs(6, 60)
    learner = umap.UMAP(n_neighbors=7, n_epochs=20, random_state=0)
    expected = InductiveManifold(learner).fit(X).embedding_
    copied = np.concatenate([X, np.repeat(X[::2], 9, axis=0)])
    manifold = InductiveManifold(learner).fit(copied)
    assert_array_equal(manifold.embedding_[:60], expected)
    assert_array_equal(manifold.embedding_[60:], np.repeat(expected[::2], 9, axis=0))
    # Of a handful of rows that would leave too little to lay out.
    few = np.repeat(X[:6], 9, axis=0)
    assert InductiveManifold(learner).fit(few).embedding_.shape == (54, 2)


def test_more_neighbours_than_rows_are_all_but_one(handed):
    import umap

    InductiveManifold(umap.UMAP(n_neighbors=80, n_epochs=20, random_state=0)).fit(blobs(6, 60))
    ((indices, _, _),) = handed
    assert indices.shape == (60, 59)
    assert_array_equal(indices[:, 0], np.arange(60))
    assert all(len(np.unique(row)) == 59 for row in indices)


def test_umap_compares_no_pairs_of_few_rows_itself(monkeypatch):
    import umap.umap_

    def compare(*args, **kwargs):
        raise AssertionError("UMAP looks for neighbours itself")

    monkeypatch.setattr(umap.umap_, "pairwise_distances", compare)
    monkeypatch.setattr(umap.umap_, "nearest_neighbors", compare)
    learner = umap.UMAP(n_neighbors=7, n_epochs=20, random_state=0)
    assert InductiveManifold(learner).fit(blobs(6, 200)).embedding_.shape == (200, 2)


@pytest.mark.parametrize("params", [{"metric": "manhattan"}, {"unique": True}])
def test_umap_that_wants_other_neighbours_finds_them(params, handed):
    import umap

    learner = umap.UMAP(**{"n_neighbors": 7, "n_epochs": 20, "random_state": 0, **params})
    InductiveManifold(learner).fit(blobs(6, 200))
    assert handed == [(None, None, None)]


def test_umap_that_is_kept_can_transform(handed):
    import umap

    X = blobs(6, 200)
    learner = umap.UMAP(n_neighbors=7, n_epochs=20, random_state=0)
    manifold = InductiveManifold(learner, keep_manifold=True).fit(X)
    assert manifold.manifold_.transform(X[:3]).shape == (3, 2)


def test_many_rows_are_left_to_umap(handed, monkeypatch):
    import umap

    monkeypatch.setattr(_umap, "_MAX_SEARCHED", 199)
    InductiveManifold(umap.UMAP(n_neighbors=7, n_epochs=20, random_state=0)).fit(blobs(6, 200))
    assert handed == [(None, None, None)]


@pytest.fixture
def computed(handed, monkeypatch):
    """What was computed for the UMAPs, in order."""
    import umap.umap_

    done = []

    def watch(owner, name, what):
        function = getattr(owner, name)

        def watched(*args, **kwargs):
            done.append(what)
            return function(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)

    watch(_umap.NeighborSearch, "query", "neighbours")
    watch(umap.umap_, "spectral_layout", "start")
    monkeypatch.setattr(_umap, "_MIN_START_SHARED", 100)
    return done


def embed_seeded(X, seed, **params):
    import umap

    learner = umap.UMAP(**{"n_neighbors": 7, "n_epochs": 20, "random_state": seed, **params})
    return _umap.embed_with_umap(learner, X)


def test_umaps_share_neighbours_and_start(computed):
    X = blobs(6, 200).astype(np.float32)
    with _umap.work_shared():
        places = [embed_seeded(X, seed) for seed in (0, 1, 0)]
    assert computed == ["neighbours", "start"]
    assert_array_equal(places[0], places[2])
    assert (places[0] != places[1]).any()
    # The start alone is the same as that of a UMAP of its own.
    with _umap.work_shared():
        begun = [embed_seeded(X, seed, n_epochs=0) for seed in (0, 1)]
    assert_array_equal(*begun)
    assert_allclose(begun[0], embed_seeded(X, 0, n_epochs=0), atol=0.01)


def test_few_rows_share_no_start(computed):
    with _umap.work_shared():
        for seed in (0, 1):
            embed_seeded(blobs(6, 99).astype(np.float32), seed)
    assert computed == ["neighbours", "start", "start"]


def test_umaps_share_nothing_with_other_rows_and_no_start_with_other_parameters(computed):
    X = blobs(6, 200).astype(np.float32)
    with _umap.work_shared():
        embed_seeded(X, 0)
        embed_seeded(X[::-1].copy(), 0)
        embed_seeded(X[::-1].copy(), 0, n_neighbors=8)
        embed_seeded(X[::-1].copy(), 0, n_components=3)
    assert computed == ["neighbours", "start"] * 3 + ["start"]
    computed.clear()
    embed_seeded(X, 0)
    embed_seeded(X, 0)
    assert computed == ["neighbours", "start"] * 2


def test_neighbours_are_searched_once_for_all(computed):
    X = blobs(6, 200).astype(np.float32)
    with _umap.work_shared(n_neighbors=9):
        shared = [embed_seeded(X, 0, n_neighbors=n) for n in (7, 9, 8)]
    assert computed == ["neighbours", "start", "start", "start"]
    for places, n_neighbors in zip(shared, (7, 9, 8), strict=True):
        with _umap.work_shared():
            assert_array_equal(places, embed_seeded(X, 0, n_neighbors=n_neighbors))


def test_a_shared_start_that_fails_is_replaced(computed, monkeypatch):
    def fail(*args, **kwargs):
        raise TypeError("no eigenvectors")

    monkeypatch.setattr("umap.umap_.spectral_layout", fail)
    X = blobs(6, 200).astype(np.float32)
    with _umap.work_shared():
        places = [embed_seeded(X, seed) for seed in (0, 1)]
    assert computed == ["neighbours"]
    assert np.isfinite(places).all()
