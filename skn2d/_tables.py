"""Tables from CSV and Parquet files, with a sentence for each that cannot be used."""

import contextlib
import difflib
import itertools
import re
from decimal import Decimal

import numpy as np

from skn2d._optional import import_optional
from skn2d._validation import listed

# What stands for a missing value, and may stand in a first line that is no header.
_MISSING = ("", "?", "-", "na", "n/a", "null", "none")


@contextlib.contextmanager
def _sentence_for_damage(path):
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} cannot be read as a table: it is no text in UTF-8. Save it as "
            '"CSV UTF-8".'
        ) from error
    except (ValueError, OSError) as error:
        reason = str(error).strip().partition("\n")[0].rpartition("C error: ")[2].rstrip(".")
        raise ValueError(f"{path.name} cannot be read as a table: {reason}.") from error


def _number(cell):
    """Read a cell as a number, or return None."""
    if "_" in cell:  # which Python takes for a mark between thousands
        return None
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _evenly_spaced(numbers):
    steps = np.diff(numbers)
    return len(steps) > 0 and steps[0] != 0 and np.allclose(steps, steps[0], 1e-6, 0)


def _has_header(first, second):
    """Whether the first line of a table names the columns; the second tells it from data."""
    cells = [cell.strip().lower() for cell in first]
    first, second = ([_number(cell) for cell in line] for line in (first, second))
    numbers = [number for number in first if number is not None]
    # Names may be numbers, years perhaps, but beside fractions a mark is rather a gap. An
    # empty corner above a whole number, as of an index, is none.
    has_fractions = any(number % 1 > 0 for number in numbers)
    text_above_number = any(
        above is None
        and below is not None
        and not (has_fractions and cell in _MISSING and (cell or i or below % 1))
        for i, (cell, above, below) in enumerate(zip(cells, first, second, strict=False))
    )
    if not numbers or text_above_number:
        return True
    # Evenly spaced numbers are names, 0, 1, 2 or 1990, 2000, 2010, if those below are not.
    below = [number for number in second if number is not None]
    if len(numbers) == 2:
        return numbers == [0, 1] and any(number % 1 for number in below)
    return _evenly_spaced(numbers) and not _evenly_spaced(below)


def _separator(lines):
    """Find out what stands between the cells of the first lines."""
    lines = [re.sub(r'"[^"]*"', "x", line.strip(" \r\n")) for line in lines]
    found = [sign for sign in ("\t", ";", ",", "|") if sign in lines[0]]
    if found:
        return found[0]
    # A column may have a name of several words.
    n_words = {len(line.split()) for line in lines}
    return r"\s+" if len(n_words) == 1 and n_words != {1} else ","


def _not_numbers(table, pandas):
    """Find the columns that are not numbers, each with a value that is none."""
    found = {}
    for name, column in table.items():
        if not pandas.api.types.is_numeric_dtype(column):
            known = column.dropna().astype(str)
            odd = known[pandas.to_numeric(known, errors="coerce").isna()]
            found[name] = str((odd if len(odd) else known).iloc[0]) if len(known) else ""
    return found


def _read_text(path, pandas):
    """Read a CSV; separator, decimal sign and header are found out."""
    with open(path, encoding="utf-8-sig") as file:
        start = list(itertools.islice((line for line in file if line.strip()), 2))
    if not start:
        raise ValueError("it is empty")
    separator = _separator(start)
    options = {"sep": separator, "encoding": "utf-8-sig", "skipinitialspace": True}
    head = pandas.read_csv(
        path, header=None, nrows=2, dtype=str, keep_default_na=False, **options
    )
    first, second = [*head.to_numpy().tolist(), []][:2]
    has_header = _has_header(first, second)
    names_rows = has_header and not first[0]
    options |= {"header": 0 if has_header else None, "index_col": 0 if names_rows else None}
    tables = [
        pandas.read_csv(path, decimal=decimal, low_memory=False, **options)
        for decimal in (".," if separator == ";" else ".")
    ]
    table = min(tables, key=lambda table: len(_not_numbers(table, pandas)))
    notes = []
    # Separators at the end of every line.
    for last in reversed(table.columns):
        has_name = has_header and not str(last).startswith("Unnamed: ")
        if has_name or not table[last].isna().all():
            break
        table = table.drop(columns=last)
        notes = ["The last column is empty and has no name; it is not used."]
    if names_rows:
        notes.append("The first column has no name; it is not used.")
    if not has_header:
        called = "columns are called 0 to" if table.shape[1] > 1 else "column is called"
        notes.append(f"There is no header; the {called} {table.shape[1] - 1}.")
    elif any(_number(cell) is not None for cell in first):
        notes.append(f"The first line, {listed(first)}, names the columns.")
    return table, notes


def _check_columns(table, name, pandas):
    wrong = _not_numbers(table, pandas)
    if wrong:
        columns = listed(f"{column!r} (such as {value!r})" for column, value in wrong.items())
        raise ValueError(
            f"{name} has columns that are not numbers: {columns}. Leave them out with --drop, "
            "or write them as numbers; a column of true labels is named by --labels."
        )
    for what, is_so in (
        ("missing", table.isna()),
        ("infinite", table.isin([np.inf, -np.inf])),
    ):
        counts = is_so.sum()
        columns = listed(f"{n} in {column!r}" for column, n in counts[counts > 0].items())
        if columns:
            raise ValueError(
                f"{name} has {what} values: {columns}. Fill them in, remove these rows, or "
                "leave out these columns with --drop."
            )


def _with_exact_numbers(table):
    """Turn columns of Decimal into ones of float64."""
    exact = [
        name
        for name, column in table.items()
        if column.dtype == object and {type(v) for v in column.dropna()} == {Decimal}
    ]
    return table.astype(dict.fromkeys(exact, float))


def _counts_rows(column):
    return len(column) > 2 and column.dtype.kind in "iu" and (np.diff(column) == 1).all()


def _check_known(column, table, name, purpose):
    if column not in table.columns:
        near = difflib.get_close_matches(column, table.columns, n=1)
        question = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"{name} has no column {column!r} to {purpose}.{question} It has: "
            f"{listed(map(repr, table.columns))}."
        )


def read_table(path, label_name, dropped=()):
    """Read a table of numbers, and one more column with true labels.

    Parameters
    ----------
    path : pathlib.Path
        A Parquet file by its ending, else text with tabs, semicolons, commas, | or spaces
        between the cells.
    label_name : str or None
        Column that is no data.
    dropped : sequence of str, default=()
        Columns that are left out.

    Returns
    -------
    table : DataFrame of shape (n_samples, n_features)
        The rows.
    labels : ndarray of shape (n_samples,) or None
        The values of that column.
    notes : list of str
        What a user should know of how the file was read.

    Raises
    ------
    ValueError
        If the file is damaged, or has other things than numbers.
    ImportError
        If pandas or pyarrow is missing.
    """
    purpose = f"Reading {path.name}"
    pandas = import_optional("pandas", purpose)
    is_parquet = path.suffix.lower() == ".parquet"
    if is_parquet:
        import_optional("pyarrow", purpose)
    with _sentence_for_damage(path):
        table, notes = (
            (pandas.read_parquet(path), []) if is_parquet else _read_text(path, pandas)
        )
    names = [str(name).strip() for name in table.columns]
    table.columns = names if len(set(names)) == len(names) else map(str, table.columns)
    for column in dropped:
        _check_known(column, table, path.name, "leave out")
    table = table.drop(columns=list(dropped))
    labels = None
    if label_name is not None:
        _check_known(label_name, table, path.name, "take labels from")
        labels = table.pop(label_name)
        if labels.isna().any():
            raise ValueError(
                f"{path.name} has {labels.isna().sum()} missing values among the labels "
                f"{label_name!r}. Remove these rows, or give them a label of their own."
            )
        labels = labels.to_numpy()
        if labels.dtype == object:
            labels = np.array(
                [v.strip() if isinstance(v, str) else v for v in labels], dtype=object
            )
    if is_parquet:
        table = _with_exact_numbers(table)
    if len(table):
        _check_columns(table, path.name, pandas)
    counting = [name for name, column in table.items() if _counts_rows(column.to_numpy())]
    if counting:
        column, it = ("Column {} only counts", "it")
        if len(counting) > 1:
            column, it = ("Columns {} only count", "them")
        column = column.format(listed(map(repr, counting)))
        notes.append(f"{column} the rows; without {it} (--drop) the groups may be better.")
    return table, labels, notes
