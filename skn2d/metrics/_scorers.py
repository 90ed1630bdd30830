"""Scorers for ``GridSearchCV(scoring=...)``: they predict the rows and judge the labels."""

from skn2d.metrics._accuracy import clustering_accuracy_score
from skn2d.metrics._criteria import neighborhood_agreement_score, silhouette_score


def accuracy_scorer(estimator, X, y=None):
    """Score an estimator by the clustering accuracy of its predictions.

    Parameters
    ----------
    estimator : estimator
        Fitted clusterer with ``predict``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows to predict.
    y : array-like of shape (n_samples,), default=None
        Their true classes; needed.

    Returns
    -------
    float
        Accuracy in [0, 1]; higher is better.

    Raises
    ------
    ValueError
        If y is None, or the labels do not fit.

    See Also
    --------
    clustering_accuracy_score : What is computed.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skn2d.metrics import accuracy_scorer
    >>> X, y = [[0.0], [0.1], [5.0], [5.1]], ["a", "a", "b", "b"]
    >>> accuracy_scorer(KMeans(2, random_state=0).fit(X), X, y)
    1.0
    """
    if y is None:
        raise ValueError(
            "accuracy_scorer needs the true classes, but y is None. Pass y, as in "
            "search.fit(X, y), or use silhouette_scorer or neighborhood_agreement_scorer, "
            "which need none."
        )
    return clustering_accuracy_score(y, estimator.predict(X))


def silhouette_scorer(estimator, X, y=None):
    """Score an estimator by the silhouette of its predictions on the rows themselves.

    Distances are those between the rows of X, not those in the estimator's embedding: an
    embedding can be drawn apart at will, the rows cannot.

    Parameters
    ----------
    estimator : estimator
        Fitted clusterer with ``predict``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows to predict.
    y : object, default=None
        Ignored.

    Returns
    -------
    float
        Value in [-1, 1]; higher is better.

    See Also
    --------
    silhouette_score : What is computed, with its default sample of rows.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skn2d.metrics import silhouette_scorer
    >>> X = [[0.0], [5.0], [9.0], [0.1], [5.1], [9.1], [0.2], [5.2], [9.2]] * 2
    >>> search = GridSearchCV(
    ...     KMeans(random_state=0), {"n_clusters": [2, 3]}, scoring=silhouette_scorer, cv=2
    ... )
    >>> search.fit(X).best_params_
    {'n_clusters': 3}
    """
    return silhouette_score(X, estimator.predict(X))


def neighborhood_agreement_scorer(estimator, X, y=None):
    """Score an estimator by how far neighbouring rows get the same prediction.

    Neighbours are found among the rows of X, not in the estimator's embedding.

    Parameters
    ----------
    estimator : estimator
        Fitted clusterer with ``predict``.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows to predict.
    y : object, default=None
        Ignored.

    Returns
    -------
    float
        At most 1; higher is better.

    See Also
    --------
    neighborhood_agreement_score : What is computed, with its default parameters.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_digits
    >>> from skn2d.metrics import neighborhood_agreement_scorer
    >>> X = load_digits().data
    >>> model = KMeans(10, random_state=0).fit(X)
    >>> neighborhood_agreement_scorer(model, X) > 0.8
    True
    """
    return neighborhood_agreement_score(X, estimator.predict(X))
