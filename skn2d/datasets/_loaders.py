"""The public loaders."""

import os

from sklearn.utils._param_validation import validate_params

from skn2d.datasets._load import load

_N_MNIST_TRAINING = 60_000

_checked_parameters = validate_params(
    {
        "data_home": [str, os.PathLike, None],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)


@_checked_parameters
def load_mnist(*, data_home=None, return_X_y=False, as_frame=False):
    """Load MNIST, 70,000 handwritten digits.

    The 60,000 training rows come first, then the 10,000 test rows [1]_.
    The file ``mnist.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (mnist_784, id 554), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (70000, 784), dtype uint8, or DataFrame
            Grey values from 0 to 255, one image of 28 x 28 pixels a row.
        target : ndarray of shape (70000,), dtype uint8, or Series
            The digits 0 to 9.
        images : ndarray of shape (70000, 28, 28)
            The rows of `data` as images; a view, not a copy.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            Names of the pixels, ``pixel_ROW_COLUMN``.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
       document recognition", Proc. IEEE 86(11), 1998. doi:10.1109/5.726791

    Examples
    --------
    >>> from skn2d.datasets import load_mnist
    >>> mnist = load_mnist()
    >>> mnist.data.shape, mnist.images.shape, mnist.data.dtype.name
    ((70000, 784), (70000, 28, 28), 'uint8')
    """
    return load("mnist", data_home, return_X_y, as_frame)


@_checked_parameters
def load_mnist_test(*, data_home=None, return_X_y=False, as_frame=False):
    """Load the 10,000 test rows of MNIST.

    This is the "MNIST-test" of the clustering literature [1]_: the rows from 60,000 on of
    :func:`load_mnist`.

    The file ``mnist.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (mnist_784, id 554), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (10000, 784), dtype uint8, or DataFrame
            Grey values from 0 to 255, one image of 28 x 28 pixels a row.
        target : ndarray of shape (10000,), dtype uint8, or Series
            The digits 0 to 9.
        images : ndarray of shape (10000, 28, 28)
            The rows of `data` as images; a view, not a copy.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            Names of the pixels, ``pixel_ROW_COLUMN``.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
       document recognition", Proc. IEEE 86(11), 1998. doi:10.1109/5.726791

    Examples
    --------
    >>> from skn2d.datasets import load_mnist_test
    >>> X, y = load_mnist_test(return_X_y=True)
    >>> X.shape, y.shape
    ((10000, 784), (10000,))
    """
    return load("mnist", data_home, return_X_y, as_frame, part=slice(_N_MNIST_TRAINING, None))


@_checked_parameters
def load_fashion_mnist(*, data_home=None, return_X_y=False, as_frame=False):
    """Load Fashion-MNIST, 70,000 photographs of clothes.

    The 60,000 training rows come first, then the 10,000 test rows [1]_.
    The file ``fashion.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (Fashion-MNIST, id 40996), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (70000, 784), dtype uint8, or DataFrame
            Grey values from 0 to 255, one image of 28 x 28 pixels a row.
        target : ndarray of shape (70000,), dtype uint8, or Series
            Labels 0 to 9, 7,000 rows each.
        images : ndarray of shape (70000, 28, 28)
            The rows of `data` as images; a view, not a copy.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            Names of the pixels, ``pixel_ROW_COLUMN``.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for
       benchmarking machine learning algorithms", 2017. arXiv:1708.07747

    Examples
    --------
    >>> from skn2d.datasets import load_fashion_mnist
    >>> fashion = load_fashion_mnist()
    >>> fashion.data.shape, fashion.target_names[9]
    ((70000, 784), 'Ankle boot')
    """
    return load("fashion", data_home, return_X_y, as_frame)


@_checked_parameters
def load_usps(*, data_home=None, return_X_y=False, as_frame=False):
    """Load USPS, 9,298 digits scanned from envelopes.

    The 7,291 training rows come first, then the 2,007 test rows [1]_.
    The file ``usps.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (USPS, id 41082), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (9298, 256), dtype float32, or DataFrame
            Grey values from 0 to 1, one image of 16 x 16 pixels a row.
        target : ndarray of shape (9298,), dtype uint8, or Series
            The digits 0 to 9.
        images : ndarray of shape (9298, 16, 16)
            The rows of `data` as images; a view, not a copy.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            Names of the pixels, ``pixel_ROW_COLUMN``.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] Hull, "A database for handwritten text recognition research", IEEE
       Transactions on Pattern Analysis and Machine Intelligence 16(5), 1994.
       doi:10.1109/34.291440

    Examples
    --------
    >>> from skn2d.datasets import load_usps
    >>> usps = load_usps()
    >>> usps.data.shape, usps.images.shape, usps.data.dtype.name
    ((9298, 256), (9298, 16, 16), 'float32')
    """
    return load("usps", data_home, return_X_y, as_frame)


@_checked_parameters
def load_pendigits(*, data_home=None, return_X_y=False, as_frame=False):
    """Load pendigits, 10,992 digits written with a pen on a tablet.

    The 7,494 training rows come first, then the 3,498 test rows [1]_.
    The file ``pendigits.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (pendigits, id 32), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (10992, 16), dtype float32, or DataFrame
            The x and y of 8 points along the path of the pen, from 0 to 100.
        target : ndarray of shape (10992,), dtype uint8, or Series
            The digits 0 to 9.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            ``x1``, ``y1`` to ``x8``, ``y8``.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] Alpaydin and Alimoglu, "Pen-based recognition of handwritten digits", UCI
       Machine Learning Repository, 1996. doi:10.24432/C5MG6K

    Examples
    --------
    >>> from skn2d.datasets import load_pendigits
    >>> pendigits = load_pendigits()
    >>> pendigits.data.shape, pendigits.feature_names[:4]
    ((10992, 16), ['x1', 'y1', 'x2', 'y2'])
    """
    return load("pendigits", data_home, return_X_y, as_frame)


@_checked_parameters
def load_har(*, data_home=None, return_X_y=False, as_frame=False):
    """Load HAR, 10,299 windows of smartphone signals from 6 activities.

    Two versions are in use, so that only shape, classes and range are checked: OpenML has
    the authors' own features [1]_, while the file that the benchmarks of skn2d use was
    recomputed from the inertial signals. Say which one a figure comes from.

    The file ``har.npz`` is looked for in `data_home`; if it is not there, the data is
    fetched from OpenML (har, id 1478), checked, and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the cache, made when needed. None means the one that the environment
        variable ``SKN2D_DATA`` names or, if that is not set, ``~/.cache/skn2d``.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether to return pandas objects: `data` as a DataFrame, `target` as a Series.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with these attributes.

        data : ndarray of shape (10299, 561), dtype float32, or DataFrame
            Features of windows of 2.56 s, from -1 to 1.
        target : ndarray of shape (10299,), dtype uint8, or Series
            Labels 0 to 5.
        frame : DataFrame or None
            With ``as_frame=True`` the columns of `data` and then `target`.
        feature_names : list of str
            ``feature_0`` to ``feature_560``; the published names are not unique.
        target_names : list of str
            What the labels stand for.
        DESCR : str
            Description and source.

    (data, target) : tuple if ``return_X_y`` is True
        The two alone.

    Raises
    ------
    OSError
        If the file is not there and OpenML cannot be reached.
    ValueError
        If the file, or what OpenML sends, is not this data set.

    References
    ----------
    .. [1] Anguita, Ghio, Oneto, Parra and Reyes-Ortiz, "A public domain dataset for
       human activity recognition using smartphones", ESANN 2013.
       doi:10.24432/C54S4K

    Examples
    --------
    >>> from skn2d.datasets import load_har
    >>> har = load_har()
    >>> har.data.shape, har.target_names[5]
    ((10299, 561), 'laying')
    """
    return load("har", data_home, return_X_y, as_frame)
