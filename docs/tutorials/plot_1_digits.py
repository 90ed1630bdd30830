"""
First groups: handwritten digits
================================

From rows to groups, a look at them, labels for new rows and a model file. All of it takes
about a minute.
"""

# %%
# scikit-learn's digits are 1,797 images of 8 by 8 pixels, flat: a row of 64 numbers each. We
# keep some aside that the model does not see, and pretend not to know which digit is which.
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X, X_new, y, y_new = train_test_split(X, y, test_size=300, random_state=0)

# %%
# Fit
# ---
# The number of groups is all that has to be said. An integer as ``random_state`` gives the same
# groups each time.
from skn2d import N2DClusterer

model = N2DClusterer(n_clusters=10, random_state=0).fit(X)
print(model.labels_)

# %%
# Look
# ----
# The rows where the manifold learner has put them, in the colours of their groups. The axes
# have no meaning of their own: near means alike.
from skn2d.inspection import ClusterGalleryDisplay, ContingencyDisplay, EmbeddingDisplay

display = EmbeddingDisplay.from_estimator(model)

# %%
# What is in a group? A row of images for each, the most typical first.
display = ClusterGalleryDisplay.from_estimator(model, X, image_shape=(8, 8))

# %%
# Score
# -----
# Here the true digits are known, so the finished groups can be compared with them. Groups have
# no names; each is matched with the digit that makes the number of right rows largest.
from skn2d.metrics import clustering_report

print(clustering_report(y, model.labels_))

# %%
# Which digits are taken for which:
display = ContingencyDisplay.from_estimator(model, X, y)

# %%
# New rows
# --------
# A new row is placed by its nearest training rows. Its answer depends on that row alone, not on
# those that it comes with.
from skn2d.metrics import clustering_accuracy_score

labels_new = model.predict(X_new)
accuracy = clustering_accuracy_score(y_new, labels_new)
print(f"accuracy on rows that were not there: {accuracy:.3f}")

# %%
# Save
# ----
# A model is one file. It loads, and labels rows, without TensorFlow.
import tempfile
from pathlib import Path

import joblib

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.joblib"
    joblib.dump(model.for_inference(), path)
    served = joblib.load(path)
    print(f"{path.stat().st_size / 1e6:.1f} MB, same labels:", end=" ")
    print((served.predict(X_new) == labels_new).all())
