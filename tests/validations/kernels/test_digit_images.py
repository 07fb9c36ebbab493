"""What the experiment on images of digits rests on: windows in place of convolutions, two networks trained as one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.kernels.gradient_flow import TrainTest, ntk_ensemble
from theory.networks import Activation, Architecture, Conv, Dense
from validations.kernels import digit_image_errors
from validations.kernels import digit_images as module
from validations.kernels.claims.digit_images import DigitImages

CONFIG = DigitImages(replicates=2, width=6, train=4, test=3, shown=2, pool=9, times=(1.0, 2.0), step=0.5)
COUNT = 256  # of digits: so many that their kernels are computed by compiled loops


def wide(end: str, width: int) -> Architecture:
    first = Conv(width, (3, 3), padding="valid", sigma_w=2**0.5)
    return Architecture((4, 4, 1), (first, Activation("relu"), module.ENDS[end], Dense(1, 2**-0.5)))


@pytest.mark.parametrize("end", list(module.ENDS))
def test_a_dense_layer_on_windows_is_the_convolution(end: str) -> None:
    net = wide(end, 6)
    params = net.init(jax.random.key(0))
    _, x, _ = module.images(4, 5)
    as_dense = (params[0]._replace(weight=params[0].weight.reshape(6, 9)), *params[1:])
    seen = jnp.asarray(module.windows(x, 3))
    found = module.by_windows(CONFIG, end).apply(as_dense, seen)
    assert np.asarray(found) == pytest.approx(np.asarray(net.apply(params, x[..., None])), rel=1e-12)


@pytest.mark.parametrize("end", list(module.ENDS))
def test_the_kernels_are_means_of_arc_cosines_between_windows(end: str) -> None:
    """Written out for one hidden layer of gain 2 and a readout of gain 1/2."""
    seen = module.windows(module.images(4, COUNT)[1], 3)
    size = np.linalg.norm(seen, axis=2)
    cosine = np.einsum("ipk,jqk->ipjq", seen, seen) / np.maximum(size[:, :, None, None] * size, 1e-300)
    angle = np.arccos(np.clip(cosine, -1, 1))
    values = size[:, :, None, None] * size / 9 * (np.sin(angle) + (np.pi - angle) * cosine) / np.pi
    slopes = size[:, :, None, None] * size / 9 * cosine * (np.pi - angle) / np.pi
    mean = {"flattened": "ipjp->ij", "pooled": "ipjq->ij"}[end]
    nngp, through = (0.5 * np.einsum(mean, k) / (4 if end == "flattened" else 16) for k in (values, slopes))
    found = module.grams(end, 4, 3, COUNT)
    assert np.asarray(found.nngp) == pytest.approx(nngp, rel=1e-9, abs=1e-12)
    assert np.asarray(found.ntk) == pytest.approx(nngp + through, rel=1e-6, abs=1e-9)  # angles of small size are rough


def test_each_network_learns_from_its_own_digits_and_apart_from_the_other() -> None:
    keys = jax.random.split(jax.random.key(3), 2)
    start, data = module.simulate(CONFIG, keys)
    _, nets = module._drawn(CONFIG, keys)
    _, x, y = module.images(4, 12)
    rows = start["drawn"][1]
    assert len(set(rows.tolist())) == 4 and rows.min() >= 3 and rows.max() < 12
    seen = jnp.asarray(module.windows(x, 3))
    for i, (end, params) in enumerate(nets.items()):
        net = module.by_windows(CONFIG, end)
        p = jax.tree.map(lambda a: a[1], params)
        every = np.concatenate([rows, [0, 1, 2]])
        assert start["first"][1, i] == pytest.approx(np.asarray(net.apply(p, seen[every])[:, 0]), rel=1e-9)
        loss = lambda p, net=net, rows=rows: 0.5 * jnp.mean((net.apply(p, seen[rows])[:, 0] - y[rows]) ** 2)
        for step in range(1, 5):
            p = jax.tree.map(lambda a, g: a - 0.5 * g, p, jax.grad(loss)(p))
            if step % 2 == 0:
                alone = np.asarray(net.apply(p, seen[:3])[:, 0])
                assert data["outputs"][1, i, step // 2 - 1] == pytest.approx(alone, rel=1e-8)


def test_a_prediction_is_the_flow_by_a_matrix_exponential() -> None:
    rng = np.random.default_rng(0)
    drawn, first = np.array([[3, 5, 8, 11], [4, 6, 7, 9]]), rng.standard_normal((2, 2, 7))
    found = module.predicted("pooled", 2, (1.0, 7.0), drawn, first, 3, COUNT - 3, 4, 3)
    K, y = np.asarray(module.grams("pooled", 4, 3, COUNT).ntk), module.images(4, COUNT)[2]
    for r, rows in enumerate(drawn):
        own = K[np.ix_(rows, rows)]
        for j, t in enumerate((1.0, 7.0)):
            learned = np.linalg.solve(own, np.eye(4) - np.asarray(jax.scipy.linalg.expm(-own * t / 4)))
            want = first[r, 1, 4:6] + K[:2][:, rows] @ learned @ (y[rows] - first[r, 1, :4])
            assert found[r, j] == pytest.approx(want, rel=1e-6)


def test_the_lag_is_of_the_last_time_and_positive_where_pooled_networks_err_more() -> None:
    y = module.images(4, 3)[2]
    outputs = np.zeros((2, 2, 2, 3))
    outputs[:, 0, 1] = y
    assert module._lag(outputs, 3, 4) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pixels": 3}, "pixels = 3 must divide 8"),
        ({"window": 5}, "window = 5 must not exceed the image's 4 pixels"),
        ({"train": 300}, "train = 300 digits cannot be drawn among pool = 240"),
        ({"shown": 60}, "shown = 60 digits must be among the test = 48"),
        ({"step": 20.0}, "step = 20.* is too coarse"),
    ],
)
def test_bad_settings(changed: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DigitImages(replicates=8, **changed)


def test_the_expected_error_is_bias_and_variance_of_the_flow() -> None:
    drawn = np.array([[3, 5, 8, 11], [4, 6, 7, 9]])
    found = digit_image_errors.predicted((1.0, 7.0), drawn, 3, COUNT - 3, 4, 3)
    assert found.shape == (2, 2, 2)
    nngp, ntk = (np.asarray(K) for K in module.grams("pooled", 4, 3, COUNT))
    y, rows = module.images(4, COUNT)[2], drawn[1]
    split = [TrainTest(K[np.ix_(rows, rows)], K[:3][:, rows], K[:3, :3]) for K in (ntk, nngp)]
    flow = ntk_ensemble(np.array(7.0), *split, y[rows, None])
    want = (np.asarray(flow.mean)[:, 0] - y[:3]) ** 2 + np.diag(np.asarray(flow.covariance))
    assert found[1, 1, 1] == pytest.approx(want.mean(), rel=1e-9)
    exchanged = digit_image_errors.ERRORS.rivals["exchanged"]((1.0, 7.0), drawn, 3, COUNT - 3, 4, 3)
    assert exchanged[:, 0] == pytest.approx(found[:, 1])
