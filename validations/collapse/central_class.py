"""Deep heads with a free bias on equal classes, a search a replicate."""

import numpy as np
from jaxtyping import PRNGKeyArray

from theory.collapse import central_class as closed
from theory.collapse.low_rank import frame_loss, lowest_frame, orthoplex_logits, polygon_logits
from validations.collapse.claims.central_class import CLASSES, CentralClass
from validations.collapse.heads import cells_of, objective, random_starts
from validations.collapse.lanes import descend
from validations.core.programs import one_program
from validations.core.theory import Axes, Measurement, Theory


def simulate(config: CentralClass, keys: PRNGKeyArray) -> Measurement:
    """The loss at the end of each search."""
    size = CLASSES, CLASSES, config.depth
    cells = cells_of([("entropy", "free", (float(config.per_class),) * CLASSES)] * len(keys), 0.0, config.penalty)
    start = random_starts(keys, 1, *size)
    found = descend(objective(cells, *size), start.reshape(len(start), -1), 3000, tolerance=1e-9)
    return Measurement(start={}, data={"losses": found.loss})


def _inputs(per_class: int, depth: int, penalty: float) -> dict:
    pentagon = np.asarray(polygon_logits(CLASSES - 1))
    return {"C": pentagon, "n": np.array(float(per_class)), "lam": np.full(depth, penalty), "last": np.array(penalty)}


_central, _frame = one_program(closed.central_class_loss), one_program(frame_loss)

CENTRAL = Theory(
    inputs=_inputs,
    observe=lambda losses: losses,
    predict=lambda C, n, lam, last: float(_central(C, n, lam, last)),
    rivals={
        "no class at the origin": lambda n, lam, last: lowest_frame(CLASSES, n, lam, last)[1],
        "constant 10 % larger": lambda C, n, lam, last: 1.1 * float(_central(C, n, lam, last)),
        "pairs": lambda n, lam, last: float(_frame(np.asarray(orthoplex_logits(CLASSES)), n, lam, last)),
    },
    margin=lambda: 1e-9,
    axes=lambda: Axes(y_label="loss at the end of a search"),
    extras={"tolerance": lambda: 1e-9},
    rests_on=(closed.central_class_loss,),
)
