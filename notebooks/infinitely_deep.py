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
# # Infinitely deep: which classifier do you get?
#
# A very wide network, trained by gradient descent, predicts like regression with a fixed kernel. What if it is very
# deep,
# too? The kernel is then the result of applying one function again and again, and there are only three things that can
# come out: a **majority vote**, the **nearest neighbor**, or a vote in which close examples count more, by a kernel
# that is **singular** at distance zero. Two numbers of the activation decide which. This notebook shows the three,
# builds
# an activation for a kernel of your choice, and lets a statistical verdict decide whether the theory holds.
#
# You need half an hour, Gaussian integrals, and fixed points of a map.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import series_colors, styled
from theory.kernels.infinite_depth import (
    activation_of,
    limit_of_depth,
    singular_exponent,
    singular_limit,
    weights_for_exponent,
)
from theory.networks import perceptron

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## 1. One layer is one function
#
# Take two inputs of unit norm with correlation $t$ (their cosine). Behind a wide layer of Gaussian weights their
# features
# have the correlation
#
# $$k(t) = \mathbb E\,\phi(u)\,\phi(v),\qquad u, v \text{ standard Gaussians of correlation } t,$$
#
# the *dual* of the activation, scaled so that $k(1) = 1$. In Hermite polynomials it is simple: if
# $\phi = \sum_j \sqrt{c_j}\, He_j/\sqrt{j!}$, then $k(t) = \sum_j c_j t^j$. Choose the weights $c_j$ and you have
# chosen the dual. Is it true of networks that one can build? Here is one of width 50,000.

# %%
ACTIVATIONS = {
    "with a mean": (0.2, 0.3, 0.0, 0.5),
    "no linear part": (0.0, 0.0, 0.7, 0.3),
    "linear part and more": (0.0, 0.5, 0.0, 0.5),
}


def dual(weights):
    return np.polynomial.Polynomial(weights)


t = np.linspace(0, 1, 41)
pairs = np.stack([np.stack([np.ones_like(t), 0 * t], 1), np.stack([t, np.sqrt(1 - t**2)], 1)], 1) * 2**0.5
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.8), layout="constrained")
    for (name, weights), color in zip(ACTIVATIONS.items(), series_colors(3), strict=True):
        network = perceptron((2, 50000, 1), activation=activation_of(weights), parametrization="ntk")
        params = network.init(jax.random.key(1))
        features = activation_of(weights)(network.preactivations(params, pairs)[0])
        measured = jnp.mean(features[:, 0] * features[:, 1], axis=-1)
        ax.plot(t, dual(weights)(t), color=color, label=f"{name}: k(0) = {weights[0]:g}, k'(0) = {weights[1]:g}")
        ax.plot(t[::4], measured[::4], "o", color=color)
    ax.set(
        xlabel="correlation before the layer",
        ylabel="after",
        title="Theory (lines), one network of width 50,000 (dots)",
    )
    ax.legend()

# %% [markdown]
# ## 2. Many layers iterate it
#
# Behind $L$ layers the correlation is $k(k(\dots k(t)))$. Follow three pairs of inputs, close, less close and far,
# through
# thirty layers. (The vertical axis is logarithmic.)

# %%
starts = (0.98, 0.8, 0.4)
with styled():
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
    for ax, (name, weights) in zip(axes, ACTIVATIONS.items(), strict=True):
        for start, color in zip(starts, series_colors(3), strict=True):
            path = [start]
            for _ in range(30):
                path.append(float(dual(weights)(path[-1])))
            shown = np.maximum(path, 1e-12)
            ax.semilogy(shown, color=color, label=f"t = {start}")
        ax.set(title=name, xlabel="layer", ylim=(1e-12, 2))
    axes[0].set_ylabel("correlation")
    axes[0].legend()

# %% [markdown]
# - **With a mean** everything becomes equally similar: the correlation of *any* two different inputs tends to the same
#   positive number. Whoever is asked, all examples answer with the same voice: the majority wins.
# - **Without a linear part** correlations are squared layer by layer. The largest one is soon larger than all the
# others
#   together: the nearest neighbor decides.
# - **In between** all correlations die at the same rate $k'(0)^L$, so their *ratios* stay. What remains is a kernel
#   $\Psi(t) = \lim S_L(t)/k'(0)^L$, and everybody votes, the closer the louder.

# %%
for name, weights in ACTIVATIONS.items():
    print(f"{name}: {limit_of_depth(weights[0], weights[1])}")

# %% [markdown]
# ## 3. See the classifiers
#
# Eleven examples on a quarter of a circle, seven of them in class +1. The curve is what ridgeless regression with the
# network's kernel says at every angle, divided by the sum of the kernel over the examples: an average vote, up to a
# factor. Its sign is
# the class.

# %%
angles = np.array([0.1, 0.25, 0.33, 0.45, 0.62, 0.7, 0.85, 1.0, 1.12, 1.3, 1.45])
labels = np.array([1.0, 1, -1, 1, 1, -1, -1, 1, 1, -1, 1])
grid = np.linspace(0, np.pi / 2, 600)


def through_layers(weights, t, depth):
    for _ in range(depth):
        t = dual(weights)(t)
    return t


def average_vote(weights, depth):
    kernel = lambda a, b: through_layers(weights, np.cos(a[:, None] - b[None, :]), depth)
    between = kernel(grid, angles)
    return between @ np.linalg.solve(kernel(angles, angles), labels) / between.sum(1)


with styled():
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.7), sharey=True, layout="constrained")
    for ax, (name, weights), depths in zip(axes, ACTIVATIONS.items(), ((8, 60), (5, 9), (8, 60)), strict=True):
        for depth, color in zip(depths, series_colors(2), strict=True):
            ax.plot(grid, average_vote(weights, depth), color=color, label=f"{depth} layers")
        ax.plot(angles, labels, "k.", label="examples")
        ax.axhline(0, color="#999999", lw=0.8)
        ax.set(title=f"{name}: {limit_of_depth(weights[0], weights[1])}", xlabel="angle", ylim=(-1.6, 1.6))
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)  # depths differ
    axes[0].set_ylabel("average vote")

# %% [markdown]
# All three go through every example (on the left by spikes too thin for the grid). Between the examples they could
# not be more different.
#
# ## 4. How singular?
#
# Write Koenigs' equation $\Psi(k(t)) = k'(0)\,\Psi(t)$ near $t = 1$, where $k$ multiplies the gap $1 - t$ by $k'(1)$:
# $\Psi$ falls by the factor $k'(0)$ whenever the gap grows by $k'(1)$. Since the gap is half the squared distance,
#
# $$\Psi \sim |x - x'|^{-\alpha},\qquad \alpha = -\frac{2\log k'(0)}{\log k'(1)}.$$
#
# Why should you care? Votes weighted by $|x-x'|^{-\alpha}$ classify optimally as examples become many, *whatever*
# the classes are, if $\alpha$ is the dimension of the sphere. So build an activation for your dimension:

# %%
distance = np.logspace(-4, 0, 400)
with styled():
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    for alpha, color in zip((1, 2, 4, 8), series_colors(4), strict=True):
        weights = weights_for_exponent(alpha)
        left.loglog(
            distance, singular_limit(jnp.asarray(distance**2 / 2), weights), color=color, label=f"exponent {alpha}"
        )
        print(alpha, [round(c, 4) for c in weights])
    for slope, color in zip((2, 9, 25), series_colors(3), strict=True):
        weights = weights_for_exponent(2, slope)
        assert abs(float(singular_exponent(weights[1], slope)) - 2) < 1e-9
        rest = singular_limit(jnp.asarray(distance**2 / 2), weights) * distance**2
        right.semilogx(distance, rest / rest[0], color=color, label=f"k'(1) = {slope}")
    left.set(xlabel="distance", ylabel=r"$\Psi$", title="The kernel that depth leaves")
    left.legend()
    right.set(
        xlabel="distance", ylabel=r"$\Psi\,|x-x'|^2$, scaled", title="Exponent 2: not quite a power", ylim=(0.3, None)
    )
    right.legend(loc="lower center", ncols=3)

# %% [markdown]
# The right panel shows what is left after the power is divided out: for steep duals it repeats whenever the squared
# distance grows by $k'(1)$. A line fitted through arbitrary distances is then off; between distances in the ratio of
# that period it is exact.
#
# ## 5. Be patient with ReLU
#
# ReLU has a mean, so its limit is the majority vote. But its $k'(1)$ is 1, the borderline case: correlations
# approach 1 not
# exponentially but as $1 - S_L \approx \frac{9\pi^2}{2 L^2}$.

# %%
depth = np.arange(1, 2001)
angle, gaps = np.pi / 3, []
for _ in depth:
    cosine = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi
    angle = 2 * np.arcsin(np.sqrt(max((1 - cosine) / 2, 0.0)))
    gaps.append(1 - cosine)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    ax.loglog(depth, gaps, label="ReLU, from 60 degrees")
    ax.loglog(depth, 4.5 * np.pi**2 / depth**2, ls="--", label=r"$9\pi^2/(2L^2)$")
    ax.set(xlabel="layers", ylabel="1 - correlation", title="ReLU forgets slowly")
    ax.legend()
print(f"L^2 (1 - S_L) at L = 2000: {2000**2 * gaps[-1]:.2f}; the limit is {4.5 * np.pi**2:.2f}")

# %% [markdown]
# ## 6. Is it true?
#
# A claim of this laboratory draws two overlapping classes on the sphere again and again, classifies by the deep
# network's
# kernel, and compares it with five classifiers: majority, nearest neighbor, and votes by three powers of the
# distance. It
# is `supported` only if the network agrees with each of them as often as the theory's limit does, *and* the other
# limits fail.

# %%
verdict = limitlab.validate("kernels/depth_singular", scale="smoke")
print(verdict)
verdict

# %% [markdown]
# ## Exercises
#
# 1. Where are the examples' votes for an activation with $k(t) = t$? Why does `limit_of_depth` refuse it?
# 2. Tune $\phi = \sin(\sqrt c\,x)$ to the exponent 2: its dual is $\sinh(ct)/\sinh(c)$. (The answer is $c \approx
# 2.676$.)
# 3. Section 3 uses the kernel of training the last layer. Train all layers: the tangent kernel obeys
#    $T_{L+1} = k(S_L) + T_L\,k'(S_L)$. How deep must the network be until two examples at distance $r$ see the exponent
#    $\alpha$ and not $\alpha + 2$? (Claims `kernels/tangent_exponent` and `kernels/tangent_pace`.)
