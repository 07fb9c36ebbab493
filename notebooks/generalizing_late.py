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
# # Generalizing late, in a model one can solve
#
# Some networks fit their training examples early and grasp what the examples have in common much later. The
# phenomenon is called grokking, and it is often told as a story about understanding. Here is a student that does the
# same and understands nothing: a straight line in many dimensions. It can be solved on paper, so we can say when it will
# generalize, why not earlier, and when never.
#
# You need half an hour, eigenvalues, and the idea of a gradient.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import series_colors, styled
from theory.deep_linear.late_generalization import (
    accuracy,
    generalization_time,
    late_rate,
    population_loss,
    training_loss,
    training_time,
)
from theory.deep_linear.noisy_teacher import best_strength, generalization_error, learned_strength
from validations.core.optimizers import GradientDescent
from validations.core.training import log_spaced, train

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## 1. See it happen
#
# A teacher $w^*$ labels $n$ random inputs of dimension $d$; a student starts somewhere else and follows the gradient of
# half its mean squared error on these $n$ examples. We call an answer correct if it is within a tolerance. With $n$ only
# a little larger than $d$, watch the two accuracies.

# %%
D, RATIO, TOLERANCE, STEP, STEPS = 200, 0.8, 0.01, 0.05, 6000
for_examples, for_error, for_fresh = jax.random.split(jax.random.key(0), 3)
examples = jax.random.normal(for_examples, (round(D / RATIO), D))
fresh = jax.random.normal(for_fresh, (4000, D))
error = jax.random.normal(for_error, (D,))
error = error / jnp.linalg.norm(error)  # w - w*, all that matters


def loss(params, data):
    return 0.5 * jnp.mean((data @ params) ** 2)


def shares(params):
    right = lambda x: jnp.mean((x @ params) ** 2 < TOLERANCE)
    return {"training": right(examples), "fresh": right(fresh)}


at = log_spaced(STEPS, 80)[1:]
run = train(loss, error, examples, method=GradientDescent(STEP), steps=STEPS, at=at, record=shares)
t = STEP * at
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    theory = {"training": training_loss(t, RATIO), "fresh": population_loss(t, RATIO)}
    for name, color in zip(("training", "fresh"), series_colors(2), strict=True):
        ax.semilogx(t, run.values[name], ".", color=color, label=f"{name} inputs")
        ax.semilogx(t, accuracy(theory[name], TOLERANCE), color=color, lw=1)
    ax.set(xlabel="time", ylabel="share of correct answers", title="First the examples, much later the rest")
    ax.legend()

# %% [markdown]
# The dots are one student, the lines are a formula without any parameter to adjust. Where does it come from?
#
# ## 2. One line of theory
#
# With $D = w - w^*$ and the examples' covariance $S = \frac1n \sum_i x_i x_i^\top$ the gradient is $S D$, hence
# $D(t) = e^{-St} D(0)$. Directions of large eigenvalue are learned first, directions of small eigenvalue last. Now the point:
# **the two losses weigh these directions differently.**
#
# $$L_\text{train} = D^\top S D = \langle \nu\, e^{-2\nu t} \rangle, \qquad
#   L_\text{gen} = |D|^2 = \langle e^{-2\nu t} \rangle .$$
#
# The training loss does not see what is wrong in a direction that the examples hardly contain. Fresh inputs contain it.
# In many dimensions the eigenvalues $\nu$ follow the Marchenko-Pastur law, which depends on $\lambda = d/n$ alone.

# %%
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for ratio, color in zip((0.1, 0.5, 0.9), series_colors(3), strict=True):
        low, high = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2
        nu = np.linspace(low, high, 400)
        ax.plot(nu, np.sqrt((high - nu) * (nu - low)) / (2 * np.pi * ratio * nu), color=color, label=f"d/n = {ratio}")
    ax.set(xlabel="eigenvalue of the examples' covariance", ylabel="density", ylim=(0, 2.5))
    ax.legend()

# %% [markdown]
# As $\lambda \to 1$ the spectrum reaches down to zero. Its lower edge $(1 - \sqrt\lambda)^2$ sets the rate of the last
# phase, and that rate vanishes.
#
# ## 3. How late?
#
# Ask when each loss has fallen to a twentieth.

# %%
ratios = np.linspace(0.05, 0.9, 40)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for time, name, color in zip(
        (training_time, generalization_time), ("training", "fresh"), series_colors(2), strict=True
    ):
        ax.semilogy(ratios, time(np.full(ratios.size, 0.05), ratios), color=color, label=f"{name} inputs")
    ax.set(
        xlabel="dimensions over examples d/n", ylabel="time until the loss is 0.05", title="The lag has no upper limit"
    )
    ax.legend()
print(f"rate of the last phase: {float(late_rate(0.25)):.2f} at d/n = 1/4, {float(late_rate(0.9)):.4f} at 0.9, 0 at 1")

# %% [markdown]
# With fewer examples than dimensions, $\lambda > 1$, a share $1 - 1/\lambda$ of the directions has no example at all. There the
# population loss stops at that share: late becomes never. No amount of training replaces data.
#
# ## 4. Is it true?
#
# The claim `deep_linear/generalization_lag` trains students on many data sets, compares the time at which each loss falls
# to the level with the formula, and says `supported` only if they agree within a margin set beforehand **and** rival
# theories fail: no lag at all, infinitely many examples, a ratio off by a fifth.

# %%
verdict = limitlab.validate("deep_linear/generalization_lag", scale="smoke")
print(verdict)
verdict

# %% [markdown]
# A formula of your own? A tempting one: the lag is set by the lower edge alone,
# $t_\text{gen} = \ln(1/\ell) / (2(1-\sqrt\lambda)^2)$. Ask.

# %%
comparison = limitlab.check(
    lambda ratio, level: np.stack([training_time(level, ratio), -np.log(level) / late_rate(ratio)]),
    against="deep_linear/generalization_lag",
    scale="smoke",
)
print(comparison)

# %% [markdown]
# The edge is a rate, not a time: few directions live there, and the loss has mostly fallen before they matter.
#
# ## 5. The opposite: too late
#
# Add noise to the teacher and a second layer to the student, and waiting hurts. Strong modes are learned first; the
# teacher's mode is strong, the noise's are weaker. So the student learns the teacher, then the noise, and the error on
# fresh inputs is least in between: not at the end, and at a strength below the teacher's own.

# %%
times = np.linspace(0, 4, 200)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for s, color in zip((2.0, 3.0, 5.0), series_colors(3), strict=True):
        curve = generalization_error(times, s, 0.01, 40, 80)
        ax.semilogy(times, curve, color=color, label=f"teacher of strength {s:g}")
        ax.plot(times[np.argmin(curve)], np.min(curve), "o", color=color)
    ax.set(xlabel="time", ylabel="squared distance from the teacher", title="Stop between the signal and the noise")
    ax.legend()
for s in (2.0, 3.0, 5.0):
    print(
        f"s = {s:g}: best strength {float(best_strength(s, 0.5)):.3f}, learned in the end {float(learned_strength(s, 0.5)):.3f}"
    )

# %% [markdown]
# ## Exercises
#
# 1. Show that $L_\text{train} = -\frac12 \dot L_\text{gen}$. Which of the two must fall first?
# 2. At $\lambda = 1$ the population loss is $e^{-4t}(I_0(4t) + I_1(4t))$. How does it decay at late times, and why is that not
#    exponential?
# 3. Weight decay adds $\gamma$ to every eigenvalue. What does it do to the lag, and what does it cost?

# %%
print(
    f"population loss at d/n = 1: {float(population_loss(100.0, 1.0)):.4f} at t = 100, {float(population_loss(400.0, 1.0)):.4f} at 400"
)
