"""Points divided into cells, so that a search looks at those in the nearest cells only.

This is the inverted file of approximate search. Which cells a row is looked for in depends,
to the bit, on that row alone, and among their points the search is exact; so a row that is
one of the points always finds itself.
"""

import numpy as np
from sklearn.utils import gen_batches, resample

from skn2d._exact_products import on_grid
from skn2d._nearest import distances_to, margin_of, nearest, reach
from skn2d._threads import one_thread
from skn2d._warning_filters import no_word_on_convergence

# Fewer points are all looked at in less time than cells take to handle.
_MIN_POINTS = 2**12
# Points for each cell, among which k-means finds the centres, and its iterations.
_SAMPLE_PER_CELL, _N_ITERATIONS = 20, 5
# Points whose neighbours are looked up to see how many cells have to be searched, and the
# share of them that has to be found. With .995 of them, of 10,000 new rows of MNIST 40 to 50
# had another label than with all, and accuracy was .001 lower; so it is 8 to 10, and .0001.
_N_TRIED, _RECALL = 512, 0.9995
# Share of all points from which on it is as well to look at all.
_MAX_SHARE = 0.5
# Rows or points handled at one time.
_BLOCK_ROWS = 2**12
# A row farther away than so many times any point is compared with all.
_FAR = 1e6
# Few rows are done sooner one by one than cell by cell.
_FEW_ROWS = 16


class Cells:
    """The cells as they are stored.

    Parameters
    ----------
    middle : ndarray of shape (n_features,), float64
        Mean of the points.
    scale : float
        One over the distance from there of the farthest of them.
    centres : ndarray of shape (n_cells, n_features), float32
        Centres of the cells, of points that are shifted and scaled by these.
    """

    def __init__(self, middle, scale, centres):
        self.middle = middle
        self.scale = scale
        self.centres = centres
        self.order = self.ends = self.n_probes = None

    def fill(self, cell_of_point):
        """Remember which points are in which cell."""
        self.order = np.argsort(cell_of_point, kind="stable").astype(np.int32)
        sizes = np.bincount(cell_of_point, minlength=len(self.centres))
        self.ends = np.cumsum(sizes).astype(np.int32)

    def scaled(self, X):
        """Shift and scale rows."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (X - self.middle) * self.scale

    def ranking(self):
        """Make the function that ranks cells for shifted and scaled rows: nearer is smaller."""
        centres = on_grid(self.centres, axis=1)
        half_squares = np.square(centres).sum(axis=1) / 2

        def ranks(scaled):
            products = on_grid(scaled, axis=1) @ centres.T
            return np.subtract(half_squares, products, out=products)

        return ranks


def find_cells(points, n_neighbors):
    """Divide points into cells, if that makes the search among them shorter.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_features), float16, float32 or float64
        The points.
    n_neighbors : int
        How many neighbours will be looked for.

    Returns
    -------
    Cells or None
        With as many cells to look in as find 99.95 % of the neighbours of the points; None
        if that is a good part of the points, or if there are few.
    """
    from sklearn.cluster import KMeans  # not needed to search

    # In a row's own cell alone there should be about as many points as it looks for.
    if len(points) < max(_MIN_POINTS, n_neighbors**2):
        return None
    blocks = list(gen_batches(len(points), _BLOCK_ROWS))
    middle = points.mean(axis=0, dtype=np.float64)
    with np.errstate(over="ignore"):
        largest = max(np.square(points[rows] - middle).sum(axis=1).max() for rows in blocks)
    if not 0 < largest < np.inf:
        return None
    scale = float(1 / np.sqrt(largest))
    n_cells = round(np.sqrt(len(points)))  # about as many as points in each
    cells = Cells(middle, scale, None)
    with one_thread():
        sample = _some(points, _SAMPLE_PER_CELL * n_cells)
        means = KMeans(n_cells, init="random", n_init=1, max_iter=_N_ITERATIONS, random_state=0)
        with no_word_on_convergence():  # rows alike are in one cell; the others stay empty
            means.fit(cells.scaled(points[sample]).astype(np.float32))
        cells.centres = means.cluster_centers_
        ranks = cells.ranking()
        cell = np.concatenate(
            [ranks(cells.scaled(points[rows])).argmin(axis=1) for rows in blocks]
        )
        cells.fill(cell)
        share = _choose_n_probes(cells, ranks, cell, points, n_neighbors)
    return cells if share <= _MAX_SHARE else None


def _some(points, n_wanted):
    n_wanted = min(n_wanted, len(points))
    chosen = resample(np.arange(len(points)), replace=False, n_samples=n_wanted, random_state=0)
    return np.sort(chosen)


def _choose_n_probes(cells, ranks, cell_of_point, points, n_neighbors):
    """Set in how many cells to look; return the share of the points in so many."""
    tried = _some(points, _N_TRIED)
    X = cells.scaled(points[tried])
    found = _other_points_near(cells, X.astype(np.float32), tried, points, n_neighbors)
    by_rank = ranks(X).argsort(axis=1)
    rank = np.empty_like(by_rank)
    np.put_along_axis(rank, by_rank, np.arange(by_rank.shape[1])[np.newaxis], axis=1)
    needed = np.take_along_axis(rank, cell_of_point[found], axis=1)
    cells.n_probes = 1 + int(np.quantile(needed, _RECALL, method="higher"))
    sizes = np.diff(cells.ends, prepend=0)
    return sizes[by_rank[:, : cells.n_probes]].sum(axis=1).mean() / len(points)


def _other_points_near(cells, X, own, points, n_neighbors):
    """Neighbours of rows that are points themselves, rounding aside."""
    least = np.full((len(X), n_neighbors), np.inf, dtype=np.float32)
    nearest_ones = np.zeros((len(X), n_neighbors), dtype=np.intp)
    for rows in gen_batches(len(points), _BLOCK_ROWS):
        part = cells.scaled(points[rows]).astype(np.float32)
        squares = np.square(part).sum(axis=1) / 2 - X @ part.T
        here = np.flatnonzero((own >= rows.start) & (own < rows.stop))
        squares[here, own[here] - rows.start] = np.inf
        squares = np.hstack([least, squares])
        numbers = np.arange(rows.start, rows.stop)
        numbers = np.hstack([nearest_ones, np.broadcast_to(numbers, (len(X), len(part)))])
        order = np.argpartition(squares, n_neighbors - 1, axis=1)[:, :n_neighbors]
        least = np.take_along_axis(squares, order, axis=1)
        nearest_ones = np.take_along_axis(numbers, order, axis=1)
    return nearest_ones


class CellSearch:
    """The search in cells, prepared for queries.

    Parameters
    ----------
    points : ndarray of shape (n_points, n_features), float16, float32 or float64
        The points.
    cells : Cells
        The cells that they were divided into.
    """

    block_rows = 2**12

    def __init__(self, points, cells):
        self.cells = cells
        self.ranks = cells.ranking()
        self.points = points
        self.sizes = np.diff(cells.ends, prepend=0)
        self.parts = [slice(e - n, e) for e, n in zip(cells.ends, self.sizes, strict=True)]
        # In the order of the cells.
        self.rounded = np.empty(points.shape, dtype=np.float32)
        self.half_squares = np.empty(len(points), dtype=np.float32)
        self.is_prepared = [False] * len(self.parts)

    def _inside(self, cell):
        """Points of a cell, shifted and scaled, and half their squares.

        They are made when first asked for: the first row of a process looks in few cells.
        """
        part = self.parts[cell]
        if not self.is_prepared[cell]:  # threads that come at the same time write the same
            points = self.cells.scaled(self.points[self.cells.order[part]])
            self.rounded[part] = points = points.astype(np.float32)
            squares = np.einsum("ij,ij->i", points, points, dtype=np.float64)
            np.divide(squares, 2, out=self.half_squares[part], casting="same_kind")
            self.is_prepared[cell] = True
        return self.rounded[part], self.half_squares[part]

    def query(self, points, X, n_neighbors):
        """Find the nearest points of each row in the cells where it is looked for."""
        distances = np.empty((len(X), n_neighbors))
        indices = np.empty((len(X), n_neighbors), dtype=np.intp)

        def answer(rows, candidates):
            found = distances_to(points, X[rows], candidates)
            distances[rows], indices[rows] = nearest(found, candidates, n_neighbors)

        scaled = self.cells.scaled(X)
        looks_in_cells = np.abs(scaled).max(axis=1) < _FAR  # not where it is no number
        rows = np.flatnonzero(looks_in_cells)
        ranks = self.ranks(scaled[rows])
        probes = np.argpartition(ranks, self.cells.n_probes - 1)[:, : self.cells.n_probes]
        has_enough = self.sizes[probes].sum(axis=1) >= n_neighbors
        looks_in_cells[rows] = has_enough
        for row in np.flatnonzero(~looks_in_cells):
            answer([row], np.arange(len(points))[np.newaxis])

        rows, probes = rows[has_enough], probes[has_enough]
        rounded = scaled[rows].astype(np.float32)
        if len(rows) <= _FEW_ROWS:
            for row, x, probed in zip(rows, rounded, probes, strict=True):
                answer([row], self._candidates_of_one(x, probed, n_neighbors)[np.newaxis])
        else:
            own = ranks[has_enough].argmin(axis=1)
            found, candidates = self._candidates(rounded, own, probes, n_neighbors)
            counts = np.bincount(found, minlength=len(rows))
            ends = np.cumsum(counts)
            for count in np.unique(counts):
                some = np.flatnonzero(counts == count)
                answer(
                    rows[some], candidates[ends[some, np.newaxis] - count + np.arange(count)]
                )
        return distances, indices

    def _candidates_of_one(self, x, probed, n_neighbors):
        parts = [self.parts[cell] for cell in probed]
        rough = np.concatenate([np.dot(self._inside(cell)[0], x) for cell in probed])
        np.subtract(np.concatenate([self.half_squares[p] for p in parts]), rough, out=rough)
        bound = reach(rough, n_neighbors) + margin_of(x[np.newaxis])
        return np.concatenate([self.cells.order[p] for p in parts])[rough <= bound]

    def _rough(self, X, cell):
        """Half the squared distances, less what is the same for all points."""
        points, half_squares = self._inside(cell)
        products = X @ points.T
        return np.subtract(half_squares, products, out=products)

    def _candidates(self, X, own, probes, n_neighbors):
        """Rows and points that may be among their nearest, ordered by rows."""
        margin = margin_of(X)
        bound = np.full(len(X), np.inf, dtype=np.float32)
        for cell, rows in _grouped(own, len(self.parts)):
            if self.sizes[cell] >= n_neighbors:
                rough = self._rough(X[rows], cell)
                rough.partition(n_neighbors - 1, axis=1)
                bound[rows] = rough[:, n_neighbors - 1] + margin[rows]
        found = []
        for cell, pairs in _grouped(probes.ravel(), len(self.parts)):
            rows = pairs // probes.shape[1]
            rough = self._rough(X[rows], cell)
            near = np.flatnonzero(rough <= bound[rows, np.newaxis])
            row, number = np.divmod(near, rough.shape[1])
            found.append((rows[row], self.parts[cell].start + number, rough.ravel()[near]))
        rows, numbers, rough = map(np.concatenate, zip(*found, strict=True))
        order = np.argsort(rough)
        # Short numbers are sorted five times faster than with lexsort.
        order = order[np.argsort(rows[order].astype(np.uint16), kind="stable")]
        rows, numbers, rough = rows[order], numbers[order], rough[order]
        firsts = np.searchsorted(rows, np.arange(len(X)))
        bound = rough[firsts + n_neighbors - 1] + margin
        kept = rough <= bound[rows]
        return rows[kept], self.cells.order[numbers[kept]]


def _grouped(numbers, n_numbers):
    """Where each number from 0 that occurs is found."""
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=n_numbers))
    for number in np.unique(numbers):
        start = ends[number - 1] if number else 0
        yield number, order[start : ends[number]]
