"""The code of a variational autoencoder as a Keras layer.

Importing this imports Keras, and registers the layer with it.
"""

from skn2d._optional import import_keras

keras = import_keras()


@keras.saving.register_keras_serializable("skn2d")
class VariationalCode(keras.layers.Layer):
    """Mean of a normal distribution; while training, a draw from it.

    Parameters
    ----------
    units : int
        Columns of the code.
    weight : float
        Weight of the divergence from the standard normal distribution in the loss.
    **kwargs : dict
        As for every Keras layer.
    """

    def __init__(self, units, weight, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.weight = weight
        self.mean = keras.layers.Dense(units, name="mean")
        self.log_variance = keras.layers.Dense(
            units, kernel_initializer="zeros", name="log_variance"
        )
        self.noise = keras.layers.GaussianNoise(1.0)  # which is none after training

    def build(self, input_shape):
        """Make the weights."""
        self.mean.build(input_shape)
        self.log_variance.build(input_shape)
        super().build(input_shape)

    def call(self, inputs, training=False):
        """Return the mean, or a draw, and add the divergence to the loss."""
        mean = self.mean(inputs)
        # Within what exp() of a float32 can take, whatever the first steps do.
        log_variance = keras.ops.clip(self.log_variance(inputs), -20.0, 20.0)
        divergence = keras.ops.square(mean) + keras.ops.exp(log_variance) - log_variance - 1
        loss = self.weight * 0.5 * keras.ops.mean(keras.ops.sum(divergence, axis=-1))
        self.add_loss(keras.ops.cast(loss, keras.config.floatx()))  # as Keras's own are
        noise = self.noise(keras.ops.zeros_like(mean), training=training)
        return mean + keras.ops.exp(0.5 * log_variance) * noise

    def get_config(self):
        """Return what the layer is made from."""
        return {**super().get_config(), "units": self.units, "weight": self.weight}
