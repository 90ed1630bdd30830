"""The share of cores that joblib or Dask has given this process."""

import os


def core_share():
    """Count the cores that this process may use.

    joblib and Dask tell their workers through ``OMP_NUM_THREADS``.

    Returns
    -------
    int or None
        None if nobody has said.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    return int(share) if share.isdigit() and int(share) else None
