"""Convolutional autoencoder for series."""

from skn2d.architectures._convolution import ConvolutionArchitecture


class Conv1DArchitecture(ConvolutionArchitecture):
    """Convolutions that halve a series down to the code, and the same mirrored back.

    Parameters
    ----------
    series_shape : tuple of int
        ``(n_timesteps,)`` or ``(n_timesteps, n_channels)`` of the series that the rows
        were flattened from, in C order: all channels of the first time step, then those
        of the second. Any length: the decoder gives back exactly it.
    filters : tuple of int, default=(32, 64, 128)
        Filters of the encoder's layers, each of which halves the length. More layers see
        longer parts of the series, more filters finer differences; both take longer.
    kernel_size : int or tuple of int, default=5
        Length of the kernels in time steps, of all layers or of each.
    activation : str, default="relu"
        Keras name of the hidden layers' activation. Code and output are linear.

    See Also
    --------
    Conv2DArchitecture : The same for images.
    RecurrentArchitecture : Reads a series step by step.

    Notes
    -----
    Convolutions have few weights, and learn more in the same number of updates from a larger
    step: ``learning_rate=0.003`` suits them better than the default of the dense networks.

    References
    ----------
    Z. Wang, W. Yan, T. Oates, "Time Series Classification from Scratch with Deep Neural
    Networks: A Strong Baseline", IJCNN 2017, arXiv:1611.06455.

    Examples
    --------
    >>> import numpy as np
    >>> from skn2d import AutoencoderTransformer
    >>> from skn2d.architectures import Conv1DArchitecture
    >>> time = np.linspace(0, 6, 50)
    >>> X = np.array([np.sin(time * pace) for pace in np.linspace(1, 3, 40)])
    >>> autoencoder = AutoencoderTransformer(
    ...     latent_dim=2, architecture=Conv1DArchitecture((50,), filters=(8, 8)), epochs=1
    ... )
    >>> autoencoder.fit_transform(X).shape
    (40, 2)
    """

    _shape_name = "series_shape"

    def __init__(self, series_shape, filters=(32, 64, 128), kernel_size=5, activation="relu"):
        self.series_shape = series_shape
        self.filters = filters
        self.kernel_size = kernel_size
        self.activation = activation
