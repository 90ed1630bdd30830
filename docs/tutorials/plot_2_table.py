"""
A table, and a number of groups that is not known
=================================================

Columns in units of their own have to be scaled first, and nobody has said how many groups
there are.
"""

# %%
# 178 wines, thirteen measurements of each, in a pandas table. Proline goes to 1,680, hue to
# 1.71, so proline would decide alone: ``StandardScaler`` gives each column the same say.
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skn2d import N2DClusterer

X, y = load_wine(return_X_y=True, as_frame=True)
print(X.describe().loc[["mean", "std"]].round(2).T)

# %%
# Fit
# ---
# ``n_clusters=None`` means that the number is not known. The groups that are found have at
# least a twentieth of the rows (a hundredth where all lie far apart); rows between them may be
# called noise, -1.
pipeline = make_pipeline(StandardScaler(), N2DClusterer(n_clusters=None, random_state=0)).fit(X)
model = pipeline[-1]
print(f"groups: {model.n_clusters_}, rows that are noise: {(model.labels_ == -1).sum()}")

# %%
# Look
# ----
# Left the cultivars, which the model has not seen, right what was found.
from skn2d.inspection import EmbeddingDisplay

display = EmbeddingDisplay.from_estimator(model, y=y)

# %%
# What the groups are like, in the units of the table; -1 is the noise.
print(X.assign(group=model.labels_).groupby("group").mean().round(1).T)

# %%
# Is it one group?
# ----------------
# Where rows have no groups, it says so: here each column of the wines is shuffled by itself,
# so that no measurement knows of the others.
import numpy as np

rng = np.random.RandomState(0)
shuffled = X.apply(rng.permutation)
print(f"groups: {pipeline.fit(shuffled)[-1].n_clusters_}")
