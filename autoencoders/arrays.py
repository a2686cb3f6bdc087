"""Names of the arrays that the library takes and gives; axes and ranges are the ones that a docstring names."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.float32]  # images, (n, n_pixels), in [0, 1]
Codes: TypeAlias = NDArray[np.float32]  # (n, latent_dim)
Values: TypeAlias = NDArray[np.float64]  # numbers computed from them
Labels: TypeAlias = NDArray[np.int64]  # classes, (n,)
