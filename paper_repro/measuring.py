"""Measurements that a paper's figures share with claims."""

from collections.abc import Mapping
from contextlib import nullcontext
from tempfile import TemporaryDirectory

import numpy as np

from validations.core.claim import Configuration, Experiment
from validations.core.runner import Job, measure
from validations.core.store import Store


def measured(
    experiment: Experiment, settings: Configuration, seed: int, store: Store | None = None
) -> Mapping[str, np.ndarray]:
    """What the experiment measures at these settings, starts included; kept in the store if there is one."""
    with nullcontext(store.root) if store is not None else TemporaryDirectory() as root:
        record = measure(Job(experiment, settings, seed), store=store if store is not None else Store(root))
        return {name: np.asarray(a) for name, a in (*record.start.items(), *record.data.items())}
