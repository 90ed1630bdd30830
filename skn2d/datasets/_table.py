"""The one table of data sets: what each must look like, and where OpenML keeps it.

``sha256`` is the hash of the canonical content, the bytes of the data in C order and
then those of the target. It is None where more than one content is in use.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_DIGITS = tuple("0123456789")


def _as_served(data):
    return data


def _usps_to_unit_interval(data):
    # The original has three decimals; rounding undoes what a change of format may add.
    return (np.round(data, 3).astype(np.float32) + np.float32(1)) / np.float32(2)


@dataclass(frozen=True)
class Dataset:
    """What is known of one data set."""

    name: str
    openml_id: int
    openml_name: str
    class_counts: tuple[int, ...]
    dtype: str
    value_range: tuple[float, float]
    feature_names: tuple[str, ...]
    description: str
    target_names: tuple[str, ...] = _DIGITS
    image_shape: tuple[int, int] | None = None
    sha256: str | None = None
    first_openml_label: int = 0
    convert: Callable = _as_served

    @property
    def shape(self):
        """Rows and columns."""
        return sum(self.class_counts), len(self.feature_names)


def _pixel_names(height, width):
    return tuple(f"pixel_{row}_{column}" for row in range(height) for column in range(width))


MNIST = Dataset(
    name="mnist",
    openml_id=554,
    openml_name="mnist_784",
    class_counts=(6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958),
    dtype="uint8",
    value_range=(0, 255),
    feature_names=_pixel_names(28, 28),
    image_shape=(28, 28),
    sha256="c2069063c1105f2bf96266aef1ff68c6e13bdda7a54e37bf19c16f1db24efc83",
    description="""MNIST: handwritten digits.

70,000 grey images of 28 x 28 pixels (uint8, 0 to 255) in 10 classes, the 60,000
training rows first and then the 10,000 test rows, in their original order.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998, doi:10.1109/5.726791.
""",
)

FASHION = Dataset(
    name="fashion",
    openml_id=40996,
    openml_name="Fashion-MNIST",
    class_counts=(7000,) * 10,
    dtype="uint8",
    value_range=(0, 255),
    feature_names=_pixel_names(28, 28),
    image_shape=(28, 28),
    target_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    sha256="2cbc59191665e1ba3f2494648f17edac5974f748ab89fb2ae05597d658161f54",
    description="""Fashion-MNIST: photographs of clothes, in the form of MNIST.

70,000 grey images of 28 x 28 pixels (uint8, 0 to 255) in 10 classes of 7,000, the
60,000 training rows first and then the 10,000 test rows.

Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
machine learning algorithms", 2017, arXiv:1708.07747.
""",
)

USPS = Dataset(
    name="usps",
    openml_id=41082,
    openml_name="USPS",
    class_counts=(1553, 1269, 929, 824, 852, 716, 834, 792, 708, 821),
    dtype="float32",
    value_range=(0, 1),
    feature_names=_pixel_names(16, 16),
    image_shape=(16, 16),
    sha256="f89e6b7cd661e32951e1ad32eefb633392134b52af3aff5eec4bd7de06800f81",
    first_openml_label=1,
    convert=_usps_to_unit_interval,
    description="""USPS: digits scanned from envelopes.

9,298 grey images of 16 x 16 pixels in 10 classes, the 7,291 training rows first and
then the 2,007 test rows. The source gives values from -1 to 1 with three decimals and,
on OpenML, labels from 1 to 10; here they are float32 from 0 to 1 and labels 0 to 9.

Hull, "A database for handwritten text recognition research", IEEE Transactions on
Pattern Analysis and Machine Intelligence 16(5), 1994, doi:10.1109/34.291440.
""",
)

PENDIGITS = Dataset(
    name="pendigits",
    openml_id=32,
    openml_name="pendigits",
    class_counts=(1143, 1143, 1144, 1055, 1144, 1055, 1056, 1142, 1055, 1055),
    dtype="float32",
    value_range=(0, 100),
    feature_names=tuple(f"{axis}{point}" for point in range(1, 9) for axis in "xy"),
    sha256="1d224c075da5120327126a9b0749f05525486f49ee8f11c86fb2d043628b8986",
    description="""Pen-based digits: the path of a pen on a tablet.

10,992 digits written by 44 writers in 10 classes, each the x and y of 8 points spaced
evenly along the path (float32, whole numbers from 0 to 100), the 7,494 training rows
first and then the 3,498 test rows.

Alpaydin and Alimoglu, "Pen-based recognition of handwritten digits", UCI Machine
Learning Repository, 1996, doi:10.24432/C5MG6K.
""",
)

HAR = Dataset(
    name="har",
    openml_id=1478,
    openml_name="har",
    class_counts=(1722, 1544, 1406, 1777, 1906, 1944),
    dtype="float32",
    value_range=(-1, 1),
    feature_names=tuple(f"feature_{column}" for column in range(561)),
    target_names=(
        "walking",
        "walking upstairs",
        "walking downstairs",
        "sitting",
        "standing",
        "laying",
    ),
    first_openml_label=1,
    description="""Human activity recognition using smartphones.

10,299 windows of 2.56 s from the accelerometer and gyroscope of a phone worn by 30
people during 6 activities, each described by 561 features (float32, -1 to 1).

Two versions are in use, so that no hash is checked. OpenML serves the features that
the authors computed (labels 1 to 6 there, 0 to 5 here). The file har.npz that the
benchmarks of skn2d use was recomputed from the inertial signals with the published
definitions: 106 features agree with published statistics to 1e-4, the rest were not
compared. Say which one a figure comes from.

Anguita, Ghio, Oneto, Parra and Reyes-Ortiz, "A public domain dataset for human
activity recognition using smartphones", ESANN 2013, doi:10.24432/C54S4K.
""",
)

DATASETS = {table.name: table for table in (MNIST, FASHION, USPS, PENDIGITS, HAR)}
