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
# # Why do deep linear networks learn in steps?
#
# A network without nonlinearities can only represent a linear map. Still, trained by gradient descent, it does
# not learn that map at once: the loss stays on a plateau, drops, stays, drops again. One layer does not do this.
# This notebook shows the steps, explains each of them by one formula, and lets a statistical verdict decide whether the
# formula holds and its rivals fail.
#
# You need half an hour, singular values, and the chain rule.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import series_colors, styled
from theory.core.random_matrices import gaussian
from theory.deep_linear.depth import deep_mode, half_time, plateau_time
from theory.deep_linear.layers import product
from theory.deep_linear.modes import balanced_mode, mode_time
from validations.core.optimizers import GradientDescent
from validations.core.training import train

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## 1. See the steps
#
# The task is a linear map with four singular values, 8, 4, 2 and 1. We start three networks from small random weights
# (nothing is aligned with anything) and run plain gradient descent on $\frac12 |\Sigma - W|^2$, where $W$ is the product of
# the layers.

# %%
STRENGTHS = np.array([8.0, 4.0, 2.0, 1.0])
SIGMA = jnp.diag(jnp.asarray(STRENGTHS))


def loss(layers, sigma):
    return 0.5 * jnp.sum((sigma - product(layers)) ** 2)


def singular_values(params):
    return jnp.linalg.svd(product(params), compute_uv=False)


def loss_and_modes(params, loss):
    return {"loss": loss, "modes": singular_values(params)}


def descend(depth, scale, step, steps, seed=1):
    keys = jax.random.split(jax.random.key(seed), depth)
    layers = tuple(scale * gaussian(k, 4, 4) for k in keys)
    at = np.unique(np.linspace(0, steps, 400).astype(int))
    run = train(loss, layers, SIGMA, method=GradientDescent(step), steps=steps, at=at, record=loss_and_modes)
    return step * run.at, run.values


runs = {1: descend(1, 1e-3, 2e-3, 5000), 2: descend(2, 3e-2, 1e-3, 8000), 3: descend(3, 0.15, 2e-4, 40000)}

with styled():
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
    for ax, (depth, (t, values)) in zip(axes, runs.items(), strict=True):
        ax.plot(t, values["loss"], color="#0072B2")
        ax.set(title=f"{depth} layer{'s' * (depth > 1)}", xlabel="time = step size x steps")
    axes[0].set_ylabel("loss")

# %% [markdown]
# One layer falls smoothly. Two layers show plateaus. Three layers show longer plateaus and sharper steps. What happens at
# a step? Look at the singular values of the network's map.

# %%
with styled():
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
    for ax, (depth, (t, values)) in zip(axes, runs.items(), strict=True):
        for k, color in enumerate(series_colors(4)):
            ax.plot(t, values["modes"][:, k], color=color, label=f"s = {STRENGTHS[k]:g}")
        ax.set(title=f"{depth} layer{'s' * (depth > 1)}", xlabel="time")
    axes[0].set_ylabel("singular values of the product")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")

# %% [markdown]
# **Each step of the loss is one singular value being learned**, the strongest first. While one is learned, the weaker
# ones wait near zero.
#
# ## 2. One mode, one formula
#
# Along one pair of singular vectors the two layers act like two numbers $a$ and $b$, and the network like $u = ab$.
# Gradient descent on $\frac12 (s - ab)^2$ moves
#
# $$\dot a = b\,(s - ab),\qquad \dot b = a\,(s - ab).$$
#
# The gradient of each layer is proportional to *the other layer*. If both are small, both gradients are small: that is
# the plateau. If the layers start equal, $a = b = \sqrt u$, they stay equal (why? compute $\frac{d}{dt}(a^2 - b^2)$), and
#
# $$\dot u = 2u\,(s - u)\qquad\Longrightarrow\qquad u(t) = \frac{s}{1 + (s/u_0 - 1)\, e^{-2st}},$$
#
# the logistic curve of epidemics: exponential growth first, saturation at the end. One layer would give $\dot u = s - u$:
# no factor $u$, no plateau.

# %%
t = jnp.linspace(0, 6, 300)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for s, color in zip(STRENGTHS, series_colors(4), strict=True):
        ax.plot(t, balanced_mode(t, s, 1e-3) / s, color=color, label=f"s = {s:g}")
        ax.plot(t, 1 - np.exp(-t), color="#777777", lw=1, ls="--", label="one layer" if s == 1 else None)
    ax.set(xlabel="time", ylabel="u / s", title="Two layers: every mode waits, then learns")
    ax.legend()

# %% [markdown]
# How long does a mode wait? Solve the formula for the time at which half of it is learned:
# $t_{1/2} = \frac{1}{2s} \ln(s/u_0 - 1)$. Twice the strength, half the waiting time. That spreads the steps apart.

# %%
for s in STRENGTHS:
    print(f"s = {s:g}: half learned at t = {float(mode_time(s / 2, s, 1e-3)):.3f}")

# %% [markdown]
# ## 3. Deeper: from a logarithm to a power
#
# With $D$ equal layers $u = a^D$, and the same two lines give $\dot u = D\,u^{2 - 2/D}(s - u)$. Near zero the growth is no longer
# exponential but a power, and it is slower: three layers and more wait
# $t_{1/2} \approx u_0^{-(1 - 2/D)} / (s\,(D-2))$, which for a small start is far longer than a logarithm.

# %%
u0 = np.logspace(-8, -2, 60)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for depth, color in zip((2, 3, 4, 10), series_colors(4), strict=True):
        ax.loglog(u0, half_time(1.0, u0, depth), color=color, label=f"D = {depth}")
        ax.loglog(u0, plateau_time(1.0, u0, depth), color=color, lw=1, ls="--")
    ax.set(
        xlabel="initial strength $u_0$",
        ylabel="waiting time",
        title="Exact (solid) and its law for small starts (dashed)",
    )
    ax.legend()

# %% [markdown]
# ## 4. Is it true?
#
# A plot that looks right proves little: many curves are S-shaped. A *claim* of this laboratory trains networks from many
# random starts, compares every one of them with its own prediction, and says `supported` only if the difference lies
# within a margin fixed beforehand **and** the rival theories (another depth, another factor two, one layer) are
# excluded by the same rule.

# %%
verdict = limitlab.validate("deep_linear/mode_sigmoid", scale="smoke")
print(verdict)
verdict

# %% [markdown]
# Have a formula of your own? The factor two in the exponent is easily lost. Ask:

# %%
comparison = limitlab.check(
    lambda t, s, u0: s / (1 + (s / u0 - 1) * jnp.exp(-s * t)), against="deep_linear/mode_sigmoid", scale="smoke"
)
print(comparison)

# %% [markdown]
# ## 5. Real input
#
# White inputs are a theorist's dream. The claims `deep_linear/digits_raw_2`, `_3` and `_5` train on real handwritten
# digits, whose pixels are correlated; the formula above is then the rival that must lose, and the flow that knows the
# input covariance is the prediction. Run `limitlab validate deep_linear` and open the report.
#
# ## Exercises
#
# 1. Show that $a^2 - b^2$ is constant along the flow. What does one step of gradient *descent* do to it?
#    (Claim `deep_linear/conserved_step`.)
# 2. With $D = 10$ the plateau in section 3 is long at a fixed small $u_0$. Keep instead every *layer* at $a_0 = 0.9$. Does
#    depth still hurt? (Claim `deep_linear/depth_delay`.)
# 3. Start with $a_0 = 3$, $b_0 = 0$. Which curve do you get, and why does it have no plateau?
#    (Claim `deep_linear/lazy_limit`.)

# %%
print(f"depth 3 from u0 = 0.001, s = 1: half learned at t = {float(half_time(1.0, 1e-3, 3)):.1f}")
print(f"check by the trajectory: u = {float(deep_mode(half_time(1.0, 1e-3, 3), 1.0, 1e-3, 3)):.3f}")
