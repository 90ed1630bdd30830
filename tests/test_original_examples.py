"""The examples of the original package, n2d 0.3.2, on scikit-learn's digits.

The comments are the original's calls, from its README and documentation.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
from hdbscan import HDBSCAN
from sklearn.datasets import load_digits
from umap import UMAP

from skn2d import AutoencoderTransformer, N2DClusterer
from skn2d.inspection import EmbeddingDisplay
from skn2d.metrics import clustering_accuracy_score, clustering_report

DIGITS = load_digits()
X, y = DIGITS.data[:600] / 16, DIGITS.target[:600]
X_NEW, Y_NEW = DIGITS.data[600:900] / 16, DIGITS.target[600:900]
NAMES = np.array([f"digit {digit}" for digit in range(10)])


def build(n_features, latent_dim, noise=0):
    """A user's own network: 200-100 in place of 500-500-2000, and noise in training."""
    import keras

    inputs = encoded = keras.Input((n_features,))
    if noise:
        encoded = keras.layers.GaussianNoise(noise)(encoded)
    for units in (200, 100):
        encoded = keras.layers.Dense(units, activation="relu")(encoded)
    encoded = decoded = keras.layers.Dense(latent_dim)(encoded)
    for units in (100, 200):
        decoded = keras.layers.Dense(units, activation="relu")(decoded)
    return inputs, encoded, keras.layers.Dense(n_features)(decoded)


def add_noise(rows, random_state):
    return rows + 0.5 * X.std() * random_state.normal(size=rows.shape)


def labels_in_fresh_process(model, folder):
    """Save a model, load it in another process and label all rows there."""
    joblib.dump(model, folder / "model.joblib")
    np.save(folder / "rows.npy", np.vstack([X, X_NEW]))
    program = (
        "import sys, joblib, numpy\n"
        "model = joblib.load(sys.argv[1] + '/model.joblib')\n"
        "labels = model.predict(numpy.load(sys.argv[1] + '/rows.npy'))\n"
        "numpy.save(sys.argv[1] + '/labels.npy', labels)\n"
    )
    # In the folder of this file, where a user's own function can be imported.
    subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=Path(__file__).parent,
        check=True,
        timeout=300,
    )
    return np.load(folder / "labels.npy")


@pytest.fixture(scope="module")
def default():
    model = N2DClusterer(n_clusters=10, random_state=0)
    return model.set_params(autoencoder__epochs=3).fit(X)


@pytest.fixture(scope="module")
def own_graph():
    autoencoder = AutoencoderTransformer(architecture=build, epochs=10)
    return N2DClusterer(n_clusters=10, autoencoder=autoencoder, random_state=0).fit(X)


@pytest.fixture(scope="module")
def density():
    return N2DClusterer(
        autoencoder=AutoencoderTransformer(latent_dim=40, hidden_units=(200, 100), epochs=10),
        manifold=UMAP(metric="euclidean", n_components=2, n_neighbors=30, min_dist=0),
        clusterer=HDBSCAN(min_samples=10, min_cluster_size=20),
        random_state=0,
    ).fit(X)


def test_default_run_with_assess_and_plot(default, tmp_path):
    # ae = n2d.AutoEncoder(x.shape[-1], n_clusters)
    # harcluster = n2d.n2d(ae, n2d.UmapGMM(n_clusters))
    # harcluster.fit(x)
    # preds = harcluster.predict(x)
    labels = default.predict(X)
    np.testing.assert_array_equal(labels, default.labels_)
    # print(harcluster.assess(y))
    report = clustering_report(y, labels, output_dict=True)
    assert report["accuracy"] > 0.7
    assert report["normalized_mutual_info"] > 0.65
    assert report["adjusted_rand"] > 0.55
    # harcluster.visualize(y, y_names, n_clusters=n_clusters)
    display = EmbeddingDisplay.from_estimator(default, y=NAMES[y])
    display.figure_.savefig(tmp_path / "digits.png")
    assert (tmp_path / "digits.png").stat().st_size > 10_000
    drawn = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert drawn == sorted(NAMES)


def test_memberships_of_the_mixture(default):
    # probs = harcluster.predict_proba(x)
    memberships = default.predict_proba(X_NEW)
    np.testing.assert_allclose(memberships.sum(axis=1), 1)
    np.testing.assert_array_equal(memberships.argmax(axis=1), default.predict(X_NEW))


def test_new_rows(default):
    # new_preds = harcluster.predict(x_test)
    assert clustering_accuracy_score(Y_NEW, default.predict(X_NEW)) > 0.6


def test_weights_saved_and_reused(default, tmp_path):
    # harcluster.fit(x, weight_id="har.h5")
    path = tmp_path / "digits.npz"
    default.pipeline_["autoencoder"].save_weights(path)
    # harcluster.fit(x, weights="har.h5")
    again = N2DClusterer(n_clusters=10, random_state=0)
    again.set_params(autoencoder__initial_weights=path, autoencoder__epochs=0).fit(X)
    np.testing.assert_array_equal(again.labels_, default.labels_)


@pytest.mark.parametrize("name", ["default", "own_graph"])
def test_model_saved_and_loaded_in_a_fresh_process(name, request, tmp_path):
    # n2d.save_n2d(harcluster, encoder_id="har.h5", manifold_id="hargmm.sav")
    # hcluster = n2d.load_n2d("har.h5", "hargmm.sav")
    model = request.getfixturevalue(name)
    labels = labels_in_fresh_process(model, tmp_path)
    np.testing.assert_array_equal(labels[: len(X)], model.labels_)
    np.testing.assert_array_equal(labels[len(X) :], model.predict(X_NEW))


def test_another_layout_and_early_stopping():
    # ae = n2d.AutoEncoder(x.shape[-1], latent_dim, architecture=[100, 100, 50], act="tanh")
    # fit(x, patience=2)
    autoencoder = AutoencoderTransformer(
        latent_dim=5,
        hidden_units=(100, 100, 50),
        activation="tanh",
        validation_fraction=0.2,
        patience=2,
        epochs=200,
        learning_rate=0.02,
        random_state=0,
    ).fit(X)
    widths = [layer.units for layer in autoencoder.encoder_.layers[-1].layers[1:]]
    assert widths == [100, 100, 50, 5]
    assert autoencoder.n_epochs_ < 200
    assert autoencoder.score(X) > -X.var(axis=0).mean()


def test_hdbscan_finds_the_number_of_clusters(density):
    # umap_args = {"metric": "euclidean", "n_components": 2, "n_neighbors": 30, "min_dist": 0}
    # hdbscan_args = {"min_samples": 10, "min_cluster_size": 500, "prediction_data": True}
    # db = n2d.manifold_cluster_generator(umap.UMAP, umap_args, hdbscan.HDBSCAN, hdbscan_args)
    # db_clust = n2d.n2d(n2d.AutoEncoder(x.shape[-1], latent_dim=40), db)
    # db_clust.fit(x, epochs=10)
    # print(db_clust.clusterer.labels_)
    assert 7 <= density.n_clusters_ <= 14
    assert clustering_accuracy_score(y, density.labels_) > 0.5
    # print(db_clust.manifolder)
    assert density.embedding_.shape == (600, 2)
    # db_clust.predict(x) "will error because hdbscan doesn't have that method"
    np.testing.assert_array_equal(density.predict(X), density.labels_)


def test_hdbscan_memberships(density):
    # print(db_clust.clusterer.probabilities_)
    strengths = density.probabilities_
    assert strengths.shape == (600,)
    assert 0 <= strengths.min() < strengths.max() <= 1
    np.testing.assert_array_equal(strengths > 0, density.labels_ >= 0)


def test_hdbscan_on_new_rows(density):
    # test_embedding = db_clust.encoder.predict(x_test)
    autoencoder = density.pipeline_["autoencoder"]
    codes = autoencoder.encoder_.predict(X_NEW, verbose=0)
    np.testing.assert_allclose(codes, autoencoder.transform(X_NEW), atol=1e-4)
    # test_labels, strengths = hdbscan.approximate_predict(
    #     db_clust.clusterer, db_clust.manifolder.transform(test_embedding))
    labels, memberships = density.predict(X_NEW), density.predict_proba(X_NEW)
    assert clustering_accuracy_score(Y_NEW, labels) > 0.5
    assert memberships.shape == (300, density.n_clusters_)
    found = labels >= 0
    np.testing.assert_array_equal(memberships.argmax(axis=1)[found], labels[found])
    assert memberships.sum(axis=1).max() <= 1 + 1e-9


def test_own_graph(own_graph):
    # inputs = Input(input_dim); encoded = Dense(...)(inputs); ...; outputs = Dense(...)
    # ae = n2d.autoencoder_generator((inputs, encoded, outputs))
    # model = n2d.n2d(ae, umapgmm)
    # model.fit(x, epochs=10)
    # print(model.assess(y))
    assert clustering_accuracy_score(y, own_graph.predict(X)) > 0.65
    autoencoder = own_graph.pipeline_["autoencoder"]
    widths = [layer.units for layer in autoencoder.encoder_.layers[-1].layers[1:]]
    assert widths == [200, 100, 10]


@pytest.mark.parametrize(
    "autoencoder",
    [
        AutoencoderTransformer(architecture=partial(build, noise=0.5), epochs=10),
        AutoencoderTransformer(architecture=build, augmentation=add_noise, epochs=10),
    ],
    ids=["as a layer", "as an augmentation"],
)
def test_denoising_autoencoder(autoencoder, own_graph):
    # def add_noise(x, noise_factor): ...
    # denoising_ae = n2d.autoencoder_generator(
    #     (inputs, encoded, outputs), x_lambda=lambda x: add_noise(x, 0.5))
    # model = n2d.n2d(denoising_ae, n2d.UmapGMM(n_clusters))
    # model.fit(x, epochs=10)
    model = N2DClusterer(n_clusters=10, autoencoder=autoencoder, random_state=0).fit(X)
    assert clustering_accuracy_score(y, model.labels_) > 0.65
    assert clustering_accuracy_score(Y_NEW, model.predict(X_NEW)) > 0.55
    # It has learned to take noise away, better than a network that has seen none.
    noisy = X_NEW + 0.5 * X.std() * np.random.RandomState(0).normal(size=X_NEW.shape)
    errors = []
    for fitted in (model, own_graph):
        step = fitted.pipeline_["autoencoder"]
        restored = step.inverse_transform(step.transform(noisy))
        errors.append(np.mean((restored - X_NEW) ** 2))
    assert errors[0] < errors[1]
