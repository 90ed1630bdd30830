"""A report on a clustering whose true classes are known."""

from skn2d.metrics._contingency import contingency

_SUMMARY = {
    "accuracy": "accuracy (ACC)",
    "normalized_mutual_info": "normalized mutual information (NMI)",
    "adjusted_rand": "adjusted Rand index (ARI)",
    "noise_share": "share of noise",
    "n_samples": "rows",
    "n_classes": "classes",
    "n_clusters": "clusters",
}


def _cluster_rows(table):
    rows = {}
    for column, (cluster, match) in enumerate(zip(table.clusters, table.matched, strict=True)):
        counts = table.counts[:, column]
        majority = counts.argmax()
        rows[cluster.item()] = {
            "size": int(counts.sum()),
            "majority_class": table.classes[majority].item(),
            "matched_class": table.classes[match].item() if match >= 0 else None,
            "purity": float(counts[majority] / counts.sum()),
        }
    return rows


def _as_text(report):
    cells = [("cluster", "size", "majority class", "matched class", "purity")]
    for cluster, row in report["clusters"].items():
        match = "-" if row["matched_class"] is None else str(row["matched_class"])
        majority = str(row["majority_class"])
        cells.append((str(cluster), str(row["size"]), majority, match, f"{row['purity']:.3f}"))
    n_noise = round(report["noise_share"] * report["n_samples"])
    if n_noise:
        cells.append(("noise", str(n_noise), "-", "-", "-"))
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    lines.insert(1, "")
    lines.append("")
    name_width = max(len(title) for title in _SUMMARY.values())
    for key, title in _SUMMARY.items():
        value = report[key]
        text = f"{value:>9d}" if isinstance(value, int) else f"{value:>9.3f}"
        lines.append(f"{title.rjust(name_width)}{text}")
    return "\n".join(lines) + "\n"


def clustering_report(labels_true, labels_pred, *, output_dict=False):
    """Build a report on a clustering, cluster by cluster and as a whole.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        True classes, integers or strings. A ``-1`` is a class like any other.
    labels_pred : array-like of shape (n_samples,)
        Predicted clusters, integers or strings; ``-1`` is noise. Noise rows count as
        wrong in the accuracy and as one more group in NMI and ARI, and are no cluster in
        the number of clusters.
    output_dict : bool, default=False
        Return a dict of plain Python values instead of text.

    Returns
    -------
    str or dict
        As text, a table with one line for each cluster (its size, its most frequent
        class, the class that the one-to-one matching gives it, and its purity, which is
        the share of the most frequent class), then the scores. As dict, the keys
        ``"accuracy"``, ``"normalized_mutual_info"``, ``"adjusted_rand"``,
        ``"noise_share"``, ``"n_samples"``, ``"n_classes"``, ``"n_clusters"`` and
        ``"clusters"``, which maps each cluster to ``"size"``, ``"majority_class"``,
        ``"matched_class"`` (None if it is left over) and ``"purity"``.

    Raises
    ------
    ValueError
        If the lengths differ, or the labels are empty, not one-dimensional, missing, or
        neither integers nor strings.

    See Also
    --------
    clustering_accuracy_score : The accuracy alone.

    Examples
    --------
    >>> from skn2d.metrics import clustering_report
    >>> print(clustering_report(["a", "a", "b", "b"], [1, 1, 0, -1]))
    cluster  size  majority class  matched class  purity
    <BLANKLINE>
          0     1               b              b   1.000
          1     2               a              a   1.000
      noise     1               -              -       -
    <BLANKLINE>
                         accuracy (ACC)    0.750
    normalized mutual information (NMI)    0.800
              adjusted Rand index (ARI)    0.571
                         share of noise    0.250
                                   rows        4
                                classes        2
                               clusters        2
    <BLANKLINE>
    """
    # Not needed to label rows, as whatever else comes with skn2d.metrics.
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    table = contingency(labels_true, labels_pred)
    report = {
        "accuracy": table.accuracy,
        "normalized_mutual_info": float(
            normalized_mutual_info_score(table.class_codes, table.cluster_codes)
        ),
        "adjusted_rand": float(adjusted_rand_score(table.class_codes, table.cluster_codes)),
        "noise_share": float(table.noise_counts.sum() / len(table.class_codes)),
        "n_samples": len(table.class_codes),
        "n_classes": len(table.classes),
        "n_clusters": len(table.clusters),
        "clusters": _cluster_rows(table),
    }
    return report if output_dict else _as_text(report)
