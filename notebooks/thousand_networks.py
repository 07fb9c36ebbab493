# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From a thousand wide networks to one Gaussian process
#
# Start a network at random and train it: you get one function. Start another, and you get another function. What does
# the *average* over starts look like, and how much do the functions differ from it? For wide networks both questions
# have an exact answer that no network is needed for. In this notebook a thousand networks are started and trained, one
# Gaussian process is computed, and the two are laid on top of each other. Then the place where they must part.
#
# You need half an hour, Gaussian distributions, and gradient descent.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import THEORY, series_colors, styled
from theory.kernels.dense import kernels
from theory.kernels.gradient_flow import TrainTest, nngp_flow, ntk_ensemble
from theory.networks import perceptron
from validations.core.optimizers import GradientDescent
from validations.core.training import train

jax.config.update("jax_enable_x64", True)
NETWORKS = 1000

# %% [markdown]
# ## 1. Before training
#
# The inputs lie on a circle, so that a function of them can be drawn over an angle. The networks have one hidden layer
# of erf units; weights are standard Gaussians and the layers divide by the root of their number of inputs (the NTK
# parametrization).


# %%
def circle(turns):
    angle = 2 * np.pi * np.asarray(turns)
    return jnp.asarray(2**0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1))


def network(width):
    return perceptron((2, width, 1), activation="erf", parametrization="ntk", sigma_w=1.5)


turns = np.linspace(0, 1, 65)
everywhere = circle(turns)
starts = {}
for width in (1, 8, 256):
    params = jax.vmap(network(width).init)(jax.random.split(jax.random.key(width), NETWORKS))
    starts[width] = jax.vmap(lambda p, width=width: network(width).apply(p, everywhere)[:, 0])(params)

K, Theta = kernels(network(1), everywhere)
with styled():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    axes[0].plot(turns, starts[256][:12].T, color=series_colors(3)[2], linewidth=0.8)
    axes[0].set(xlabel="place on the circle, in turns", ylabel="output of a network")
    grid = np.linspace(-4, 4, 81)
    for (width, f), color in zip(starts.items(), series_colors(3), strict=True):
        heights, edges = np.histogram(f[:, 0] / K[0, 0] ** 0.5, bins=40, range=(-4, 4), density=True)
        axes[1].stairs(heights, edges, color=color, label=f"width {width}")
    axes[1].plot(grid, np.exp(-(grid**2) / 2) / (2 * np.pi) ** 0.5, color=THEORY, label="Gaussian")
    axes[1].set(xlabel="output over its predicted deviation", ylabel="density")
    axes[1].legend()

# %% [markdown]
# With one hidden unit small outputs are far too frequent; with eight you have to look twice; with 256 there is nothing
# left to see. An output is a sum over hidden units that know nothing of each other, and the central limit theorem does
# the rest, for all inputs jointly. What characterizes the functions is then their covariance
# $K(x, x') = \mathbb E f(x) f(x')$, the *NNGP kernel*, which follows from one Gaussian integral a layer. Here it is,
# computed without any network, beside the covariance of the thousand:

# %%
sampled = np.asarray(starts[256].T @ starts[256] / NETWORKS)
with styled():
    figure, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    axes.plot(turns, sampled[0], "o", markersize=3, color=series_colors(1)[0], label="a thousand networks")
    axes.plot(turns, K[0], color=THEORY, label="NNGP kernel")
    axes.plot(turns, Theta[0], "--", color=THEORY, label="tangent kernel")
    axes.set(xlabel="angle between two inputs, in turns", ylabel="covariance")
    axes.legend()

# %% [markdown]
# The dashed curve is a second kernel of the same network: the *tangent kernel* $\Theta(x, x') = \sum_p
# \partial_p f(x)\,\partial_p f(x')$ says how a step of descent on an example at $x'$ moves the output at $x$. It is
# larger, for more than the last layer moves.
#
# ## 2. Training
#
# Five points, a thousand networks of width 128, gradient descent on half the mean squared error with every weight
# trained.

# %%
WIDTH, STEP, TIMES = 128, 0.05, (1.0, 4.0, 10.0)
at = np.array([0.0, 0.13, 0.3, 0.52, 0.75])
x, y = circle(at), jnp.asarray((2 * np.sin(2 * np.pi * at) + np.cos(4 * np.pi * at))[:, None])
params = jax.vmap(network(WIDTH).init)(jax.random.split(jax.random.key(0), NETWORKS))


def loss(params, data):
    return 0.5 * jnp.mean((network(WIDTH).apply(params, data[0]) - data[1]) ** 2)


steps = [round(t / STEP) for t in TIMES]
run = train(
    loss,
    params,
    (x, y),
    method=GradientDescent(STEP),
    steps=steps[-1],
    at=steps,
    record=lambda params: network(WIDTH).apply(params, everywhere[::2])[:, 0],
    replicates=True,
)
trained = np.asarray(run.values)

# %% [markdown]
# A wide network hardly moves its weights, for there are so many of them to share the work. Its tangent kernel stays
# what it was, the flow $\dot f = -\Theta\,(f - y)/N$ is linear, and what is linear turns a Gaussian start into a
# Gaussian at any time. With $A_t = \Theta_* \Theta^{-1}(1 - e^{-\Theta t/N})$
#
# $$\mathbb E f_t = A_t\, y, \qquad
# \mathrm{Cov} f_t = K_{**} + A_t K A_t^\top - A_t K_*^\top - K_* A_t^\top .$$

# %%
K, Theta = kernels(network(1), jnp.concatenate([x, everywhere[::2]]))
covariance, tangent = (TrainTest(gram[:5, :5], gram[5:, :5], gram[5:, 5:]) for gram in (K, Theta))
predicted = jax.tree.map(np.asarray, ntk_ensemble(np.array(TIMES), tangent, covariance, y))
deviation = np.sqrt(np.diagonal(predicted.covariance, axis1=1, axis2=2))
with styled():
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True, layout="constrained")
    for i, (ax, t) in enumerate(zip(axes, TIMES, strict=True)):
        mean, low, high = predicted.mean[i, :, 0], *(predicted.mean[i, :, 0] + s * deviation[i] for s in (-1, 1))
        ax.fill_between(turns[::2], low, high, color=THEORY, alpha=0.2, linewidth=0)
        ax.plot(turns[::2], mean, color=THEORY, label="Gaussian process")
        ax.errorbar(
            turns[::2], trained[:, i].mean(0), trained[:, i].std(0), fmt="o", markersize=3, label="a thousand networks"
        )
        ax.plot(at, np.asarray(y)[:, 0], "x", color="black", label="data")
        ax.set(xlabel="place on the circle, in turns", title=f"t = {t:g}")
    axes[0].set_ylabel("output")
    axes[0].legend()

# %% [markdown]
# Band and bars are one standard deviation. Nothing was fitted.
#
# ## 3. Is it a posterior?
#
# A Gaussian process with five data points: it is tempting to read the band as Bayesian uncertainty. It is not. If only
# the *last* layer is trained, the ensemble ends at the posterior of the NNGP, which says how unsure one should be. If
# everything is trained, the mean is regression with $\Theta$ and the spread is what is left of the start, in general
# no posterior of anything. For the network above the two lie close together; for a deeper one of ReLU the ensemble is
# visibly more at odds with itself than a Bayesian would be:

# %%
deep = perceptron((2, 1, 1, 1, 1), parametrization="ntk", sigma_w=2**0.5)
K, Theta = kernels(deep, jnp.concatenate([x, everywhere]))
covariance, tangent = (TrainTest(gram[:5, :5], gram[5:, :5], gram[5:, 5:]) for gram in (K, Theta))
posterior = nngp_flow(np.inf, covariance, y)
ensemble = ntk_ensemble(np.inf, tangent, covariance, y)
with styled():
    figure, axes = plt.subplots(figsize=(5, 3.4), layout="constrained")
    for name, process, style in (("all layers: ensemble", ensemble, "-"), ("last layer: posterior", posterior, "--")):
        spread = np.sqrt(np.maximum(np.diagonal(process.covariance), 0))
        axes.plot(turns, spread, style, color=THEORY, label=name)
    axes.plot(at, 0 * at, "x", color="black", label="data")
    axes.set(xlabel="place on the circle, in turns", ylabel="deviation at infinite time", ylim=(-0.02, 0.72))
    axes.legend(loc="upper left", ncols=2)

# %% [markdown]
# ## 4. Let statistics decide
#
# Bars inside bands are a picture, not a verdict. The claim behind this notebook is judged on other networks, by
# confidence intervals against a margin fixed beforehand, and every rival must lose: the posterior in the ensemble's
# place, time without the factor 1/N, the spread of the start.

# %%
verdict = limitlab.validate("kernels/ensemble_spread", scale="smoke")
print(verdict)
print(limitlab.validate("kernels/ensemble_mean", scale="smoke"))

# %% [markdown]
# ## 5. Where they part
#
# All of this needs the tangent kernel to stay. How much does it move? For smooth activations by 1/width, for ReLU,
# whose units flip, by about the root of it: a verdict on exponents.

# %%
print(limitlab.validate("kernels/ntk_drift", scale="smoke"))
print(limitlab.validate("kernels/relu_ntk_drift", scale="smoke"))

# %% [markdown]
# ## 6. With a network of yours
#
# `from limitlab.estimators import WideNetworkRegressor` gives the mean and the spread of section 2 behind `fit` and
# `predict`. A network of `neural_tangents.stax` is handed to the claims on kernels by
# `validations.kernels.given.given`, whose docstring is a file to start from.
