"""What the experiment on digits under cross-entropy is made of: margins and angles by kind, settings, its drawing."""

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from figures.core import draw
from limitlab import validate
from validations.collapse.claims.entropy_training import EntropyDigits
from validations.collapse.entropy_training import named, recorded
from validations.core.errors import ConfigurationError


def test_margins_and_angles_by_hand() -> None:
    """Two large and two small classes, one sample each but the first, of which the mean has the logits."""
    rng = np.random.default_rng(0)
    features, rows = rng.standard_normal((3, 5)), rng.standard_normal((4, 3))
    target = np.repeat(np.eye(4), (2, 1, 1, 1), axis=0).T
    means = np.stack([features[:, :2].mean(1), *features[:, 2:].T])
    z = means @ rows.T  # a row a class, a column a logit
    over = [[z[k, k] - z[k, j] for j in range(4)] for k in range(4)]
    large, small = (over[0][1] + over[1][0]) / 2, (over[2][3] + over[3][2]) / 2
    across = (
        np.mean([over[k][j] for k in (0, 1) for j in (2, 3)]),
        np.mean([over[k][j] for k in (2, 3) for j in (0, 1)]),
    )
    found = recorded(jnp.asarray(features), jnp.asarray(rows), jnp.asarray(target), 2)
    assert_allclose(found["margins"], [large, across[0], small, across[1]], rtol=1e-12)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cos = unit @ unit.T
    assert_allclose(found["angles"], [cos[0, 1], cos[2, 3], cos[:2, 2:].mean()], rtol=1e-12)


def test_names_of_a_table() -> None:
    assert named(("a", "b"), ("c", "d")) == ("a, c", "a, d", "b, c", "b, d")


@pytest.mark.parametrize(
    "change",
    [
        {"tail": (10, 9, 3, 2)},
        {"tail": (2, 2, 10, 10)},
        {"tail": (10, 10, 4)},
        {"tail": (20, 4)},
        {"balanced": (7, 7, 7, 3)},
        {"balanced": (5, 5, 5, 5)},
        {"features": 2},
    ],
)
def test_impossible_settings_are_refused(change: dict) -> None:
    with pytest.raises(ConfigurationError, match="must "):
        EntropyDigits(replicates=8, **change)


def test_the_figure_shows_every_run(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LIMITLAB_RESULTS", str(tmp_path))
    small = {"steps": 60, "points": 6, "hidden": 32, "filters": 3}
    drawing = draw(validate("collapse/digits_entropy_past_zero", scale="smoke", overrides=small))
    assert drawing.data["spreads"].shape == (8, 2, 3, len(drawing.data["steps"]))
    assert drawing.data["steps"][-1] == 60
    assert drawing.data["spread_there"].shape == (2, 3)
    assert all(axes.get_xlabel() for axes in drawing.figure.axes)
