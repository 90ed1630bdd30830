"""Warnings that are left out for a while, or are errors, also where threads overlap.

``warnings.catch_warnings`` brings back, when it ends, all filters as they were when it began:
of two threads the later one brings back what the earlier one has set.
"""

import contextlib
import warnings

from sklearn.exceptions import ConvergenceWarning

from skn2d._shared_change import SharedChange

# Part of each pattern, and no part of what it matches: a filter of the user's is another one.
_OURS = "(?#skn2d)"


def warning_filters(*filters):
    """Make a change of the process that consists of filters of warnings.

    Parameters
    ----------
    *filters : tuple
        What ``warnings.filterwarnings`` takes: an action, a pattern that the message begins
        with, and perhaps a category.

    Returns
    -------
    SharedChange
        Called for a ``with`` block; other filters, which are set meanwhile, stay.
    """

    def make():
        own = []
        for action, message, *category in filters:
            warnings.filterwarnings(action, _OURS + message, *category)
            own.append(warnings.filters[0])
        places = warnings.filters

        def undo():
            # Somebody else may have put a copy in the place of the list, and may put it back.
            for place in (places, warnings.filters):
                for one in own:
                    with contextlib.suppress(ValueError):
                        place.remove(one)

        return undo

    return SharedChange(make)


no_word_on_convergence = warning_filters(("ignore", "", ConvergenceWarning))
