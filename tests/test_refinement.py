"""Groups teach the networks: what is corrected, what is refused, what stays."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from skn2d import AutoencoderTransformer, N2DClusterer, _autoencoder
from skn2d._refinement import Refinement, doubtful_share, where_agreed, without_doubtful
from skn2d.architectures import Conv2DArchitecture
from skn2d.augmentation import GaussianNoise, RandomAffine
from skn2d.metrics import clustering_accuracy_score

pytestmark = pytest.mark.usefixtures("few_starts")

X, y = load_digits(n_class=4, return_X_y=True)
X, y = X[:400], y[:400]


@pytest.fixture(scope="module")
def autoencoder():
    return AutoencoderTransformer(
        latent_dim=4,
        hidden_units=(64,),
        augmentation=GaussianNoise(0.3),
        n_estimators=2,
        epochs=15,
        random_state=0,
    ).fit(X)


def refined(autoencoder, labels, **params):
    copied = clone(autoencoder)
    vars(copied).update(vars(autoencoder))
    return copied.refine(X, labels, random_state=0, **params)


def test_codes_tell_the_groups_apart_better(autoencoder):
    after = refined(autoencoder, y)
    assert silhouette_score(after.transform(X), y) > 1.3 * silhouette_score(
        autoencoder.transform(X), y
    )


def test_rows_are_still_restored(autoencoder):
    assert refined(autoencoder, y).score(X) > -0.5 * X.var(axis=0).mean()


def test_wrong_labels_are_corrected(autoencoder, monkeypatch):
    taught = []
    sharpen = Refinement.sharpen

    def watched(self, network, labels, seed):
        taught.append(labels)
        return sharpen(self, network, labels, seed)

    monkeypatch.setattr(Refinement, "sharpen", watched)
    random = np.random.RandomState(0)
    wrong = np.where(random.rand(len(y)) < 0.15, random.permutation(y), y)
    refined(autoencoder, wrong)
    assert clustering_accuracy_score(y, wrong) < 0.93
    assert clustering_accuracy_score(y, taught[0]) > 0.97


def test_rows_that_are_grouped_otherwise_do_not_teach():
    labels = np.repeat([0, 1, 2, -1], [10, 10, 10, 5])
    others = np.repeat([7, 5, 3, 3], [10, 10, 10, 5])
    assert_array_equal(where_agreed(labels, others), labels)
    others[[0, 11, 12]] = 3
    others[20] = -1
    agreed = where_agreed(labels, others)
    assert_array_equal(np.flatnonzero(agreed != labels), [0, 11, 12, 20])
    assert_array_equal(agreed[[0, 11, 12, 20]], -1)


def test_a_group_that_is_none_of_the_others_stays_whole():
    labels = np.repeat([0, 1, 2], [12, 10, 8])
    others = np.repeat([0, 1, 0], [12, 10, 8])  # two of the groups as one
    assert_array_equal(where_agreed(labels, others), labels)
    others[:2] = 1
    assert_array_equal(np.flatnonzero(where_agreed(labels, others) < 0), [0, 1])


def test_the_least_sure_of_each_group_do_not_teach():
    labels = np.repeat([0, 1, 2], [100, 40, 10])
    sure = np.random.RandomState(0).uniform(0.5, 1, size=150)
    sure[:3] = 0.4
    likely = np.full((150, 3), 0.0)
    likely[np.arange(150), labels] = sure
    taught = without_doubtful(labels, likely, 0.05)
    assert set(np.flatnonzero(taught[:100] < 0)) >= {0, 1, 2}
    for group, n_left_out in ((0, 5), (1, 2), (2, 0)):  # a small group stays whole
        left_out = (taught < 0) & (labels == group)
        assert left_out.sum() == n_left_out
        kept = (taught >= 0) & (labels == group)
        assert_array_equal(taught[kept], group)
        assert n_left_out == 0 or sure[left_out].max() < sure[kept].min()
    assert labels.min() == 0
    assert_array_equal(without_doubtful(labels, likely, 0.0), labels)


@pytest.mark.parametrize("n_rounds", [1, 2, 3, 6, 20])
def test_fewer_are_left_out_the_fewer_rounds_follow(n_rounds):
    shares = [doubtful_share(n_left, n_rounds) for n_left in reversed(range(n_rounds))]
    assert shares[0] == (0.05 if n_rounds > 2 else 0)
    assert shares == sorted(shares, reverse=True)
    assert shares[-2:] == [0] * min(2, n_rounds)


def test_doubtful_rows_teach_again_in_the_end(autoencoder, monkeypatch):
    taught = []

    def watch(method):
        def watched(self, *args):
            taught.append((args[-2] < 0).mean())
            return method(self, *args)

        return watched

    for name in ("classify", "sharpen"):
        monkeypatch.setattr(Refinement, name, watch(getattr(Refinement, name)))
    refined(autoencoder, y, n_rounds=4)
    by_round = taught[::2]  # two networks
    assert by_round == pytest.approx([0, 0.05, 0.025, 0, 0], abs=0.01)
    assert taught[1::2] == by_round
    assert by_round[1] > by_round[2] > 0


def test_noise_teaches_nothing_and_any_numbers_will_do(autoencoder):
    labels = np.where(np.arange(len(y)) % 5, y * 10, -1)
    codes = refined(autoencoder, labels).transform(X)
    assert silhouette_score(codes, y) > silhouette_score(autoencoder.transform(X), y)


def test_an_integer_seed_decides(autoencoder):
    first, second = refined(autoencoder, y), refined(autoencoder, y)
    assert_array_equal(first.transform(X), second.transform(X))


def test_labels_of_another_length_or_of_one_group_are_refused(autoencoder):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        refined(autoencoder, y[:-1])
    with pytest.raises(ValueError, match=r"1 group\(s\) beside noise"):
        refined(autoencoder, np.where(y, 1, -1))
    for wrong in (y.astype(str), y + 0.5, np.where(y, y, np.inf), np.where(y, y, np.nan)):
        with pytest.raises(ValueError, match=r"labels must be integers.*LabelEncoder"):
            refined(autoencoder, wrong)


def test_codes_of_sorted_rows_are_standardised_over_all_of_them(autoencoder, monkeypatch):
    monkeypatch.setattr(_autoencoder, "_N_STANDARDISED", 100)
    order = np.argsort(y, kind="stable")
    copied = clone(autoencoder)
    vars(copied).update(vars(autoencoder))
    codes = copied.refine(X[order], y[order], n_rounds=0, random_state=0).transform(X)
    assert np.abs(codes.mean(axis=0)).max() < 0.4


def test_a_negative_number_of_rounds_is_refused(autoencoder):
    with pytest.raises(ValueError, match="n_rounds == -1"):
        refined(autoencoder, y, n_rounds=-1)


def images(**params):
    autoencoder = AutoencoderTransformer(
        latent_dim=4,
        architecture=Conv2DArchitecture((8, 8), filters=(8, 16)),
        augmentation=RandomAffine(),
        learning_rate=3e-3,  # as in the preset; 5 epochs at less are too few to teach well
        epochs=5,
    )
    defaults = {"autoencoder": autoencoder, "manifold": PCA(3), "random_state": 0}
    return N2DClusterer.for_images((8, 8), 4, **{**defaults, **params})


@pytest.mark.usefixtures("quick_second_reading")
@pytest.mark.parametrize("with_memory", [False, True])
def test_a_refined_model_is_one_like_any_other(tmp_path, with_memory):
    memory = str(tmp_path) if with_memory else None
    model = images(memory=memory, n_refinements=1).fit(X)
    assert_array_equal(model.predict(X), model.labels_)
    assert_array_equal(model.pipeline_.predict(X), model.labels_)
    assert_array_equal(model.transform(X), model.embedding_)
    plain = clone(model).set_params(n_refinements=0).fit(X)
    assert clustering_accuracy_score(y, model.labels_) >= clustering_accuracy_score(
        y, plain.labels_
    )
    assert not np.array_equal(model.embedding_, plain.embedding_)
    again = clone(model).fit(X)
    assert_array_equal(again.labels_, model.labels_)


def test_only_what_the_default_steps_see_too_teaches_at_first(monkeypatch):
    taught, read = [], []

    def keep(into, method):
        def kept(self, *args, **params):
            into.append((self, *args))
            return method(self, *args, **params)

        return kept

    refine = keep(taught, lambda self, rows, labels, **params: self)
    monkeypatch.setattr(AutoencoderTransformer, "refine", refine)
    monkeypatch.setattr(N2DClusterer, "fit_predict", keep(read, N2DClusterer.fit_predict))
    first = images(n_refinements=0).fit(X).labels_
    images(n_refinements=1, n_jobs=1).fit(X)
    (other, rows), *more = read
    assert not more
    assert rows is X
    assert (other.n_clusters, other.n_jobs) == (4, 1)
    default = N2DClusterer().set_params(autoencoder__epochs=5).autoencoder
    assert repr(other.autoencoder) == repr(default)  # epochs as given, all else as ever
    (_, _, labels), *more = taught
    assert not more
    assert_array_equal(labels, where_agreed(first, other.labels_))
    assert 0 < np.mean(labels < 0) < 0.3


def test_one_group_has_nothing_to_teach():
    model = images().set_params(n_clusters=1)
    assert_array_equal(model.fit(X).labels_, 0)


def test_a_first_step_without_networks_is_refused():
    with pytest.raises(ValueError, match="n_refinements=3, autoencoder=PCA"):
        images(autoencoder=PCA(3)).fit(X)


def test_the_preset_for_images():
    model = N2DClusterer.for_images((8, 8), 10, random_state=0, n_refinements=1)
    assert (model.n_clusters, model.n_refinements, model.random_state) == (10, 1, 0)
    assert isinstance(model.autoencoder.architecture, Conv2DArchitecture)
    assert clone(model).get_params().keys() == model.get_params().keys()
    with pytest.raises(ValueError, match=r"784.*64|64.*784"):
        N2DClusterer.for_images((28, 28), 10).fit(X)
