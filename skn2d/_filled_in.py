"""Parameters of parts that are None reach their defaults."""


class FilledInMixin:
    """Lets ``set_params`` fill in a part that is None before it sets the part's parameters.

    A subclass names its parts in `_parts` and makes their defaults in `_default_part`. The
    mixin stands left of scikit-learn's ``BaseEstimator``.
    """

    def _part(self, name):
        part = getattr(self, name)
        return self._default_part(name) if part is None else part

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
        super().set_params(**{k: v for k, v in params.items() if "__" not in k})
        nested = {k: v for k, v in params.items() if "__" in k}
        meant = {name.partition("__")[0] for name in nested}
        missing = [p for p in self._parts if p in meant and getattr(self, p) is None]
        try:
            for part in missing:
                setattr(self, part, self._default_part(part))
            return super().set_params(**nested)
        except BaseException:
            for part in missing:
                setattr(self, part, None)
            raise
