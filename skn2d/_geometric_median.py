"""The weighted geometric median, of many small groups of points at once.

Every step works on one group's numbers alone, so that a group's answer has the same bits
whatever it is computed together with.
"""

import numpy as np

from skn2d._threads import run_on_blocks

# Coordinates in a block of groups; about what stays in the cache.
_BLOCK_VALUES = 2**17
_MAX_ITERATIONS = 128
_ITERATIONS_PER_CHECK = 8
# A step shorter than this share of the points' spread ends a group's iteration.
_TOLERANCE = 1e-6
# A distance of zero divides by this.
_TINY = np.finfo(float).tiny
# Weiszfeld's step made longer; up to 2 converges, and 1.5 needed the fewest steps here.
_STEP = 1.5


def _distances_to(points, y):
    differences = points - y[:, np.newaxis]
    return np.sqrt(np.einsum("gmc,gmc->gm", differences, differences))


def _weighted_mean(points, weights):
    total = np.einsum("gm,gmc->gc", weights, points)
    return total / weights.sum(axis=1)[:, np.newaxis]


def _medoid(points, weights):
    if len(points) == 1:
        return _medoid_of_one(points[0], weights[0])[np.newaxis]
    # With the groups along the last axis loops are long, and a distance is needed once.
    points, weights = np.ascontiguousarray(points.T), np.ascontiguousarray(weights.T)
    costs = np.zeros_like(weights)
    for i in range(len(costs) - 1):
        differences = points[:, i + 1 :] - points[:, i : i + 1]
        differences *= differences
        distances = np.sqrt(differences.sum(axis=0))
        costs[i] += (weights[i + 1 :] * distances).sum(axis=0)
        costs[i + 1 :] += weights[i] * distances
    return costs.argmin(axis=0)


def _medoid_of_one(points, weights):
    """Do the same, number by number in the same order, with fewer calls of NumPy."""
    points = np.ascontiguousarray(points.T)
    differences = points[:, np.newaxis] - points[:, :, np.newaxis]
    differences *= differences
    distances = np.sqrt(differences.sum(axis=0))
    costs = weights[:, np.newaxis] * distances
    is_later = np.tri(len(weights), k=-1)
    return ((costs * is_later.T).sum(axis=0) + (costs * is_later).sum(axis=0)).argmin()


def _leave(offsets, weights):
    """Step off the medoid (the origin): its displacement, zero where it is the median."""
    distances = np.sqrt((offsets * offsets).sum(axis=-1))
    here = distances == 0
    pulls = np.divide(weights, distances, out=np.zeros_like(weights), where=~here)
    resultant = (pulls[..., np.newaxis] * offsets).sum(axis=1)
    pull = np.sqrt((resultant * resultant).sum(axis=-1))
    hold = (weights * here).sum(axis=1)
    share = np.divide(pull - hold, pull, out=np.zeros_like(pull), where=pull > hold)
    total = pulls.sum(axis=1)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    return resultant * share[:, np.newaxis], pull > hold, distances.max(axis=1)


def _descend(offsets, weights, y, spread):
    """Iterate from y, which no single point beats, each group until it rests."""
    result = y.copy()
    active = np.arange(len(y))
    for iteration in range(1, _MAX_ITERATIONS + 1):
        distances = np.maximum(_distances_to(offsets, y), _TINY)
        step = _STEP * (_weighted_mean(offsets, weights / distances) - y)
        y = y + step
        if iteration % _ITERATIONS_PER_CHECK == 0:
            result[active] = y
            moving = np.sqrt((step * step).sum(axis=1)) > _TOLERANCE * spread
            if not moving.any():
                break
            active, y, spread = active[moving], y[moving], spread[moving]
            offsets, weights = offsets[moving], weights[moving]
    return result


def geometric_median(points, indices, weights):
    """Find the point with the least weighted sum of distances to each group's points.

    The group's own best point is tested first, which is exact, and returned as it is when
    it is the median; otherwise the iteration of Weiszfeld starts with the step that
    Vardi and Zhang take from there, and meets no point again, as it only descends.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_components)
        Coordinates.
    indices : ndarray of shape (n_groups, n_members), int
        The points in each group; the earlier wins where several are equally good.
    weights : ndarray of shape (n_groups, n_members), float64
        Their weights, not negative, one in each group positive.

    Returns
    -------
    ndarray of shape (n_groups, n_components), float64
        The median of each group.

    References
    ----------
    Vardi, Y. and Zhang, C.-H. (2000). The multivariate L1-median and associated data
    depth. PNAS 97(4), 1423-1426. https://doi.org/10.1073/pnas.97.4.1423
    """
    n_groups, n_members = indices.shape

    def median_of(rows):
        anchors = points[indices[rows]].astype(np.float64)
        weight = weights[rows]
        best = anchors[np.arange(len(anchors)), _medoid(anchors, weight)]
        offsets = anchors - best[:, np.newaxis]
        start, inside, spread = _leave(offsets, weight)
        moved = _descend(offsets[inside], weight[inside], start[inside], spread[inside])
        best[inside] += moved
        return best

    block_rows = max(1, _BLOCK_VALUES // (n_members * points.shape[1]))
    return np.concatenate(run_on_blocks(median_of, n_groups, block_rows))
