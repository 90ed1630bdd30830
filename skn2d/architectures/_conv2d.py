"""Convolutional autoencoder for images."""

from skn2d.architectures._convolution import ConvolutionArchitecture


class Conv2DArchitecture(ConvolutionArchitecture):
    """Convolutions that halve an image down to the code, and the same mirrored back.

    Parameters
    ----------
    image_shape : tuple of int
        ``(height, width)`` or ``(height, width, n_channels)`` of the images that the rows
        were flattened from, in C order. Any sides: the decoder gives back exactly them.
    filters : tuple of int, default=(32, 64, 128)
        Filters of the encoder's layers, each of which halves the sides. More layers see
        wider parts of the image, more filters finer differences; both take longer.
    kernel_size : int or tuple of int, default=3
        Side of the kernels in pixels, of all layers or of each.
    activation : str, default="relu"
        Keras name of the hidden layers' activation. Code and output are linear.

    See Also
    --------
    Conv1DArchitecture : The same for series.

    Notes
    -----
    Convolutions have few weights, and learn more in the same number of updates from a larger
    step: ``learning_rate=0.003`` suits them better than the default of the dense networks.

    References
    ----------
    X. Guo, X. Liu, E. Zhu, J. Yin, "Deep Clustering with Convolutional Autoencoders",
    ICONIP 2017, https://doi.org/10.1007/978-3-319-70096-0_39 (strides, not pooling).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skn2d import AutoencoderTransformer
    >>> from skn2d.architectures import Conv2DArchitecture
    >>> X = load_digits().data[:100]
    >>> autoencoder = AutoencoderTransformer(
    ...     architecture=Conv2DArchitecture((8, 8), filters=(8, 16)), epochs=1
    ... ).fit(X)
    >>> autoencoder.inverse_transform(autoencoder.transform(X)).shape
    (100, 64)
    """

    _shape_name = "image_shape"

    def __init__(self, image_shape, filters=(32, 64, 128), kernel_size=3, activation="relu"):
        self.image_shape = image_shape
        self.filters = filters
        self.kernel_size = kernel_size
        self.activation = activation
