"""What this process may expect of the processor."""

import functools
import os


def core_share():
    """Count the cores that this process may use.

    joblib and Dask tell their workers through ``OMP_NUM_THREADS``.

    Returns
    -------
    int or None
        None if nobody has said.
    """
    # The first of a list is for the outermost level.
    share = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(share) if share.isdigit() and int(share) else None


@functools.cache
def multiplies_bfloat16():
    """Whether the processor has instructions for bfloat16 products, twice as fast or more.

    Returns
    -------
    bool
        False also where that cannot be found out: on other systems than Linux.
    """
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.split())
