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
# # Rich or lazy: who decides?
#
# A network can fit its data in two ways. *Lazy*: its features stay as they were at the start, and only their weights are
# adjusted. *Rich*: the features themselves change. The tangent kernel tells the two apart, since it holds still in lazy
# learning and turns in rich learning. Who decides which of the two happens: the size of the first weights, their balance
# between layers, or their structure?
#
# Two linear layers are enough to meet all three, and every answer below is a formula that can fail.
#
# You need half an hour, matrix products, and the notion of an eigenvalue.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import series_colors, styled
from theory.deep_linear.effective_rank import entropy_rank, participation_ratio, stable_rank
from theory.deep_linear.initial import lambda_balanced
from theory.deep_linear.layers import product
from theory.deep_linear.laziness import kernel_alignment, limit_alignment
from theory.deep_linear.riccati import two_layer_kernel, two_layer_path
from validations.core.optimizers import GradientDescent
from validations.core.training import train

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## 1. The tangent kernel of two linear layers
#
# The network is $f(x) = W_2 W_1 x$. If all weights move a little down the gradient, the outputs move by the *tangent
# kernel* $\Theta$, the sum over all weights of products of derivatives:
#
# $$\Theta = I \otimes X W_1^\top W_1 X^\top + W_2 W_2^\top \otimes X X^\top.$$
#
# The first term comes from training $W_2$ on the features $W_1 x$, the second from training $W_1$. (Derive it: what
# is $\partial f_a / \partial (W_2)_{bk}$?)
#
# ## 2. First suspect: the balance between the layers
#
# Start from $W_2^\top W_2 - W_1 W_1^\top = \lambda I$. This difference is conserved while the network learns, and the whole
# path is known in closed form: it is a matrix Riccati flow. So we need not train to see what $\lambda$ does.

# %%
SIGMA = jnp.diag(jnp.array([2.0, 1.0, 0.5]))
X = jnp.eye(3)
times = jnp.linspace(0, 6, 200)


def kernels_along(imbalance):
    layers = lambda_balanced(jax.random.key(0), (3, 3, 3), imbalance, 0.05)
    path = two_layer_path(times, layers, SIGMA)
    kernels = two_layer_kernel(path.input_gram, path.output_gram, X).reshape(len(times), 9, 9)
    return path, jnp.linalg.norm(kernels - kernels[0], axis=(1, 2)) / jnp.linalg.norm(kernels[0])


with styled():
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for imbalance, color in zip((0.3, 1.0, 3.0, 10.0, 30.0), series_colors(5), strict=True):
        path, change = kernels_along(imbalance)
        error = jnp.linalg.norm(SIGMA - path.product, axis=(1, 2))
        axes[0].plot(times, error, color=color, label=rf"$\lambda$ = {imbalance:g}")
        axes[1].semilogy(times[1:], change[1:], color=color)
    axes[0].set(xlabel="time", ylabel="error of the map")
    axes[1].set(xlabel="time", ylabel="relative change of the kernel")
    axes[0].legend()

# %% [markdown]
# A large imbalance is lazy: the map is learned at once, along a plain exponential, and the kernel hardly moves. A small one
# is rich. Between them there is no border, only a power law: the relative change falls as $\lambda^{-2}$ (claim
# `deep_linear/lazy_limit`).
#
# Is the closed form true? Descent with a finite step must approach it in proportion to the step.

# %%
print(limitlab.validate("deep_linear/riccati_order", scale="smoke"))
print(limitlab.validate("deep_linear/riccati_kernel", scale="smoke"))

# %% [markdown]
# ## 3. Second suspect: the structure of the first weights
#
# Now let all weights be small, $W_2 = 0$ and $W_1$ tiny: rich by all that was said. But $W_1$ may have one large singular
# value or many equal ones. We train both on the same teacher, $f^*(x) = \beta \cdot x$.

# %%
D = 8


def loss(layers, teacher):
    return 0.5 * jnp.sum((teacher - product(layers)) ** 2)


def tangent_kernel(layers):
    return two_layer_kernel(layers[0].T @ layers[0], layers[1] @ layers[1].T, jnp.eye(D)).reshape(D, D)


def alignment_after_training(first, teacher):
    layers = (0.003 * first / jnp.linalg.norm(first), jnp.zeros((1, D)))
    run = train(loss, layers, teacher, method=GradientDescent(0.1), steps=400)
    return kernel_alignment(tangent_kernel(layers), tangent_kernel(run.params))


rng = np.random.default_rng(0)
teacher = rng.standard_normal((1, D))
teacher = jnp.asarray(teacher / np.linalg.norm(teacher))
basis = np.linalg.qr(rng.standard_normal((D, D)))[0]
for rank in (1, 2, 4, 8):
    first = jnp.asarray(np.diag(np.arange(D) < rank).astype(float) @ basis)
    trained, predicted = alignment_after_training(first, teacher), limit_alignment(first, teacher)
    print(f"rank {rank}: alignment of the kernels {trained:.4f}, predicted {predicted:.4f}")

# %% [markdown]
# The higher the rank, the better the kernel keeps its direction: lazier. For a vanishing start the final kernel is known
# (the layers end balanced), and so is the alignment. On average over teachers it is
#
# $$\Bigl(1 + \frac1d\Bigr) \sqrt{\frac{PR}{d + 3}},\qquad PR = \frac{(\sum_i \sigma_i^2)^2}{\sum_i \sigma_i^4}.$$
#
# *One* effective rank decides, the participation ratio. There are other countings; they agree for equal singular values
# and for nothing else. The dots average the formula of one teacher over many.

# %%
decays = np.linspace(0.05, 0.95, 40)
firsts = [jnp.diag(jnp.asarray(decay ** (np.arange(D) / 2))) for decay in decays]
teachers = jnp.asarray(rng.standard_normal((2000, 1, D)))
of_teachers = jax.jit(jax.vmap(limit_alignment, in_axes=(None, 0)))
averaged = np.array([float(of_teachers(w, teachers).mean()) for w in firsts])
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    counts = {"participation ratio": participation_ratio, "stable rank": stable_rank, "entropy rank": entropy_rank}
    for (name, count), color in zip(counts.items(), series_colors(3), strict=True):
        ranks = np.array([float(count(w)) for w in firsts])
        ax.plot(decays, (1 + 1 / D) * np.sqrt(ranks / (D + 3)), color=color, label=f"with the {name}")
    ax.plot(decays[::3], averaged[::3], ".", color="#222222", label="mean over 2000 teachers")
    ax.set(xlabel="ratio of neighboring squared singular values", ylabel="alignment of the kernels")
    ax.legend()

# %%
verdict = limitlab.validate("deep_linear/connectivity_rank", scale="smoke")
print(verdict)
verdict

# %% [markdown]
# ## 4. The witness who overturns the case
#
# "Rank decides" is true on average over teachers. For one teacher the formula reads
# $(b^\top M b + \mathrm{tr} M)/(|M|_F \sqrt{d + 3})$, with $M = W_1^\top W_1$ and b the teacher's direction: what matters
# is how M lies to the task. And if some inputs vary more than others, only those count. A first layer of *half* the rank
# that looks where the task and the inputs are is lazier than a Gaussian one of full rank.

# %%
covariance = jnp.diag(jnp.where(jnp.arange(D) < D // 2, 1.0, 1 / 9))
half = jnp.eye(D)[: D // 2]
aligned = jnp.concatenate([half, (teacher @ half.T) @ half])
turned = aligned @ basis
gaussian = jnp.asarray(rng.standard_normal((D, D)))
for name, first in {
    "aligned, half rank": aligned,
    "turned, half rank": turned,
    "Gaussian, full rank": gaussian,
}.items():
    print(
        f"{name}: effective rank {participation_ratio(first):.2f}, alignment {limit_alignment(first, teacher, covariance):.3f}"
    )

print(limitlab.validate("deep_linear/aligned_low_rank", scale="smoke"))

# %% [markdown]
# So rank does not decide: it is the best guess of someone who does not know the task. Recurrent networks, for which
# nobody has a formula, bear the witness out: half of the rank, left by an earlier training on the same task, is lazier
# than the full rank of a Gaussian start (claim `deep_linear/recurrent_aligned`).
#
# ## 5. What cannot testify: the size of the change
#
# It is tempting to measure laziness by how *far* the kernel moves. From small starts that distance is
# $|\beta| \sqrt{d + 3}$ for every first layer whatsoever (claim `deep_linear/connectivity_change`), rich or lazy: only the
# direction tells.
#
# ## Exercises
#
# 1. For which M is learning *perfectly* lazy, with alignment 1? (Compute the final kernel for white inputs.)
# 2. Two outputs, and a first layer of rank one. Why does the network never learn? `limit_alignment` refuses; read why.
# 3. Recurrent networks: `deep_linear/recurrent_rank` observes without any theorem that rank one is richer than full rank.
#    What would refute it, and why does `deep_linear/recurrent_aligned` not?

# %%
perfect = jnp.linalg.cholesky(jnp.eye(D) + teacher.T @ teacher).T
print(f"M = I + b b': alignment {limit_alignment(perfect, teacher):.6f}")
