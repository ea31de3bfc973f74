"""The least numpy that gives nominal alpha and a bootstrap of it, for few classes and few labels a unit."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bot.measures.patterns import Floats, Ints


def of_arrays(units: Ints, labels: Ints, *, classes: int, draws: int, seed: int) -> tuple[float, Floats]:
    """Label i is a class of unit `units[i]`; they come unit by unit."""
    counts = np.bincount(units * classes + labels, minlength=classes * (int(units[-1]) + 1)).reshape(-1, classes)
    base = int(counts.max()) + 1
    places = base ** np.arange(classes)
    often = np.bincount(counts @ places)
    rows = np.flatnonzero(often)[:, np.newaxis] // places % base
    return _measured(rows, often[often > 0], draws, seed)


def of_names(names: Sequence[Sequence[str]], *, classes: Sequence[str], draws: int, seed: int) -> tuple[float, Floats]:
    """The same from the names of the classes."""
    counted = Counter(map(tuple, names))
    rows = np.array([[unit.count(name) for name in classes] for unit in counted])
    return _measured(rows, np.array(list(counted.values())), draws, seed)


def _measured(rows: Ints, often: Ints, draws: int, seed: int) -> tuple[float, Floats]:
    """Alpha, and the 2.5 and 97.5 percentiles of draws, from rows of counts and how often each occurs."""
    sizes = rows.sum(axis=1)
    rows, often, sizes = rows[sizes > 1], often[sizes > 1], sizes[sizes > 1]
    apart = (sizes**2 - (rows**2).sum(axis=1)) / (sizes - 1)
    drawn = np.random.default_rng(seed).multinomial(often.sum(), often / often.sum(), size=draws)
    drawn = np.vstack([often, drawn])
    said = (drawn @ rows).astype(float)
    n = said.sum(axis=1)
    alphas = 1 - (n - 1) * (drawn @ apart) / (n**2 - (said**2).sum(axis=1))
    return float(alphas[0]), np.percentile(alphas[1:], (2.5, 97.5))
