"""What TensorFlow need not say."""

import contextlib
import logging


@contextlib.contextmanager
def no_advice_on_retracing():
    """Leave out its advice to trace fewer functions: each network has its own."""
    logger = logging.getLogger("tensorflow")

    def is_other(record):
        return "tf.function retracing" not in record.getMessage()

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
