"""
Sensor series: a network and augmentations that fit the rows
============================================================

A convolution reads a row as a series, and augmentations tell it what does not matter.
"""

# %%
# Noisy plateaus and ramps that begin a little earlier or later and last for very different
# times (Saito's cylinder, bell and funnel, 1994). What a plain distance sees is above all where
# they end.
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.RandomState(0)
n_samples, length = 600, 128
y = np.arange(n_samples) % 3
names = ["cylinder", "bell", "funnel"]
X = rng.normal(size=(n_samples, length))
for row, shape in zip(X, y, strict=True):
    begin = rng.randint(length // 8, length // 4)
    end = begin + rng.randint(length // 4, 3 * length // 4)
    ramp = (np.arange(length) - begin) / (end - begin)
    inside = (ramp >= 0) & (ramp <= 1)
    row += (6 + rng.normal()) * inside * [np.ones(length), ramp, 1 - ramp][shape]

figure, axes = plt.subplots(3, 3, figsize=(9, 5), sharex=True, sharey=True)
for ax, row, shape in zip(axes.T.flat, X[np.argsort(y)][::67], np.sort(y)[::67], strict=True):
    ax.plot(row, linewidth=1)
    ax.set_title(names[shape], fontsize="small")
figure.tight_layout()

# %%
# Fit
# ---
# :class:`~skn2d.architectures.Conv1DArchitecture` says how a row is to be read, and each
# batch is augmented anew: stretched, cut, scaled.
from skn2d import AutoencoderTransformer, N2DClusterer
from skn2d.architectures import Conv1DArchitecture
from skn2d.augmentation import Crop, Scaling, TimeWarp, make_augmentation

model = N2DClusterer(
    n_clusters=3,
    autoencoder=AutoencoderTransformer(
        architecture=Conv1DArchitecture((length,)),
        augmentation=make_augmentation(TimeWarp(), Crop(), Scaling()),
        learning_rate=3e-3,
    ),
    random_state=0,
).fit(X)

# %%
# How the loss fell:
from skn2d.inspection import ReconstructionDisplay, TrainingCurveDisplay

display = TrainingCurveDisplay.from_estimator(model)

# %%
# What the network makes of a row: the noise is gone, the shape is kept.
display = ReconstructionDisplay.from_estimator(model, X)

# %%
# Score
# -----
from sklearn.cluster import KMeans

from skn2d.inspection import ContingencyDisplay
from skn2d.metrics import clustering_accuracy_score

k_means = KMeans(3, n_init=10, random_state=0).fit_predict(X)
print(f"k-means on the rows: {clustering_accuracy_score(y, k_means):.3f}")
print(f"N2DClusterer:        {clustering_accuracy_score(y, model.labels_):.3f}")

# %%
display = ContingencyDisplay.from_estimator(model, X, np.array(names)[y])
