"""Parameters of a part that is None reach its default."""


class FilledInMixin:
    """Lets ``set_params`` fill in a part that is None before it sets the part's parameters.

    A subclass names the part in `_part` and makes its default in `_default_part`. It stands
    left of scikit-learn's ``BaseEstimator``.
    """

    def set_params(self, **params):
        """Set parameters of the estimator and of what it is made of.

        Parameters
        ----------
        **params : dict
            Names of parameters, such as ``random_state``, or of those of a part, such as
            ``PART__NAME``. A part that is None and has parameters set is first filled in
            with the default.

        Returns
        -------
        estimator
            The estimator itself.
        """
        nested = {k: v for k, v in params.items() if k.startswith(f"{self._part}__")}
        super().set_params(**{k: v for k, v in params.items() if k not in nested})
        if nested and getattr(self, self._part) is None:
            setattr(self, self._part, self._default_part())
        return super().set_params(**nested)
