"""What the training experiment is made of: patches against a convolution, draws of images, decades after errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from figures.core import draw
from limitlab import validate
from validations.collapse import training
from validations.core.errors import ConfigurationError


def test_patches_times_filters_are_a_convolution() -> None:
    rng = np.random.default_rng(0)
    images, filters = rng.standard_normal((64, 3)), rng.standard_normal((9, 2))
    ours = training.patches(images) @ filters
    theirs = jax.lax.conv_general_dilated(
        jnp.asarray(images.T.reshape(3, 8, 8, 1)),
        jnp.asarray(filters.reshape(3, 3, 1, 2)),
        (1, 1),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    assert_allclose(ours.reshape(theirs.shape), theirs, atol=1e-12)


def test_chosen_images_are_distinct_and_of_the_digits_asked_for() -> None:
    classes = np.arange(50) % 5
    at = training.chosen(np.random.default_rng(1).uniform(size=50), classes, (4, 2, 1))
    assert len(set(at)) == 7
    assert classes[at].tolist() == [0] * 4 + [1] * 2 + [2]


def test_decades_count_from_the_last_error() -> None:
    errors = np.array([[0.5, 0.0, 0.1, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5, 0.5]])
    spread = np.array([[1.0, 0.5, 0.4, 0.1, 0.001]] * 2)
    assert training.free_of_errors(errors).tolist() == [3, 4]
    assert_allclose(training.decades_after_errors(spread, errors), [2, 0])


def test_metrics_of_known_features() -> None:
    """Two classes of two samples: means (1, 0) and (0, 1), one sample of the first class off by 1 either way."""
    features = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, -1.0, 1.0, 1.0]])
    target = np.repeat(np.eye(2), 2, axis=0).T
    seen = training.seen(jnp.asarray(features), jnp.eye(2), jnp.asarray(target))
    assert_allclose(seen["spread"], 0.5 / 0.5)
    assert_allclose(seen["lengths"], [1, 1])
    assert_allclose(seen["cosine"], 0, atol=1e-15)


@pytest.mark.parametrize(
    "change", [{"architecture": "transformer"}, {"tail": (12, 6, 4, 3)}, {"tail": (24,), "balanced": (24,)}]
)
def test_impossible_settings_are_refused(change: dict) -> None:
    from validations.collapse.claims.training import TrainedDigits

    with pytest.raises(ConfigurationError, match="must be"):
        TrainedDigits(replicates=8, **change)


def test_the_figure_shows_every_run(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LIMITLAB_RESULTS", str(tmp_path))
    small = {"steps": 200, "points": 8, "hidden": 32}
    drawing = draw(validate("collapse/digits_past_zero_error", scale="smoke", overrides=small))
    assert drawing.data["spreads"].shape == (8, 3, len(drawing.data["steps"]))
    assert drawing.data["steps"][-1] == 200
    assert np.all(drawing.data["last_error"] < 200)
    assert drawing.data["simplex"] == pytest.approx(-1 / 3)
    assert all(axes.get_xlabel() for axes in drawing.figure.axes)
