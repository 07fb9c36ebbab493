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
# # What can an estimator of mutual information know?
#
# Mutual information is easy to define and hard to measure. This notebook puts estimators beside values that are known in
# closed form, shows where each fails, and asks of each one thing more: does it know that it fails?
#
# You need half an hour, logarithms, and the definition of mutual information. All numbers are in nats.

# %%
from time import perf_counter

import jax
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import series_colors, styled
from theory.information.binned_neuron import binned_relu, binned_tanh
from theory.information.cauchy_schwarz import cauchy_schwarz_estimate, gaussian_cauchy_schwarz
from theory.information.gaussian import correlation_information, gaussian_estimate
from theory.information.mixture import mixture_information, pairwise_bounds
from theory.information.neighbors import ksg_information
from validations.information.claims.estimators import FAMILIES
from validations.information.estimators import families, truths

jax.config.update("jax_enable_x64", True)
RNG = np.random.default_rng(0)


def gaussian_pairs(n, d, rho):
    x = RNG.standard_normal((n, d))
    return x, rho * x + np.sqrt(1 - rho**2) * RNG.standard_normal((n, d))


# %% [markdown]
# ## 1. An easy case
#
# Two Gaussian variables of correlation $\rho$ share $-\frac12 \log(1 - \rho^2)$. Nearest neighbors find it without being
# told that the variables are Gaussian, and so does an estimate that is told.

# %%
RHOS = np.linspace(0, 0.95, 6)
found = [ksg_information(*gaussian_pairs(1000, 1, rho))[0] for rho in RHOS]
told = [gaussian_estimate(*gaussian_pairs(1000, 1, rho)) for rho in RHOS]
with styled():
    fig, axes = plt.subplots()
    axes.plot(RHOS, correlation_information(RHOS), color="black", label="exact")
    for estimates, label, color in zip((found, told), ("nearest neighbors", "Gaussian"), series_colors(2)):
        axes.plot(RHOS, [e.value for e in estimates], "o", color=color, label=label)
    axes.set(xlabel="correlation", ylabel="information (nats)")
    axes.legend()

# %% [markdown]
# ## 2. The same estimator, confidently wrong
#
# Take 16 independent pairs of correlation 1/2. The truth is 2.3 nats. The estimate is a quarter of it, with a narrow
# interval: an interval of the sampling error knows nothing of bias. What helps is to look at what the method assumes:
# that neighbors are near.

# %%
(estimate,) = ksg_information(*gaussian_pairs(1000, 16, 0.5))
print(f"truth {16 * float(correlation_information(0.5)):.2f}")
print(f"value {estimate.value:.2f} in [{estimate.low:.2f}, {estimate.high:.2f}], reliable: {estimate.reliable}")
print(estimate.reason)

# %% [markdown]
# ## 3. Bins measure bins
#
# A neuron without noise, $T = \tanh(wX)$, is an invertible function of X: it keeps everything, and $I(X;T)$ is infinite.
# Binning makes the number finite, and makes it fall as the neuron saturates. A rectified neuron in bins of fixed width
# never falls. Neither curve is a property of information.

# %%
WEIGHTS = np.geomspace(0.1, 30, 60)
with styled():
    fig, axes = plt.subplots()
    for f, label, color in zip(
        (binned_tanh, binned_relu), ("tanh, 30 bins", "rectified, width 0.07"), series_colors(2)
    ):
        axes.plot(WEIGHTS, f(WEIGHTS), color=color, label=label)
    axes.set(xlabel="weight", ylabel="binned information (nats)", xscale="log")
    axes.legend()

# %% [markdown]
# ## 4. Where the truth exists: add noise
#
# With Gaussian noise on the layer and finitely many inputs, the information is an integral that sampling solves. It lies
# between two sums over pairs of inputs, which cost no sampling at all.

# %%
LAYER = np.tanh(RNG.standard_normal((60, 2)) @ np.array([[2.0, -1.0], [1.0, 1.5]]))
NOISES = np.geomspace(0.03, 3, 15)
LABELS = np.arange(len(LAYER)) % 2
truth = [float(mixture_information(jax.random.key(0), LAYER, LABELS, s, draws=100)[0, 0]) for s in NOISES]
low, high = np.array([pairwise_bounds(LAYER, s) for s in NOISES]).T
with styled():
    fig, axes = plt.subplots()
    axes.fill_between(NOISES, low, high, alpha=0.3, label="pairwise bounds")
    axes.plot(NOISES, truth, color="black", label="exact")
    axes.axhline(np.log(60), linestyle=":", color="gray", label="log of the number of inputs")
    axes.set(xlabel="noise", ylabel="information (nats)", xscale="log")
    axes.legend()
assert (low <= np.array(truth) + 0.02).all() and (np.array(truth) <= high + 0.02).all()

# %% [markdown]
# ## 5. Measures of dependence that are not information
#
# Kernel estimates converge fast because they measure something else. Cauchy-Schwarz information of Gaussian variables is
# known exactly, *with* the bias of the bandwidth: the correlation is seen divided by $1 + \sigma^2/2$.

# %%
BANDWIDTHS = np.geomspace(0.3, 3, 8)
x, y = gaussian_pairs(800, 1, 0.8)
with styled():
    fig, axes = plt.subplots()
    axes.plot(BANDWIDTHS, gaussian_cauchy_schwarz(0.8, BANDWIDTHS), color="black", label="exact, with its bandwidth")
    axes.plot(BANDWIDTHS, [cauchy_schwarz_estimate(x, y, b).value for b in BANDWIDTHS], "o", label="estimate")
    axes.axhline(float(correlation_information(0.8)), linestyle=":", color="gray", label="Shannon information")
    axes.set(xlabel="bandwidth", ylabel="nats", xscale="log")
    axes.legend()

# %% [markdown]
# ## 6. All of them side by side
#
# Twelve tasks with known information, every family that needs no training: over thirty samples the mean error, its
# spread, how often a value is off by more than 0.1 nats, how often the estimate doubts itself when it is and when it is
# not, and what one estimate costs on this machine. A flag that tells the truth has a large share in the fourth column
# and a small one in the fifth. The rival of the verdict says that flags know nothing.

# %%
verdict = limitlab.validate("information/estimator_flags", scale="smoke")
print(verdict.sentence)
settings, stored = verdict.record.configuration, verdict.record.data
errors = stored["found"] - truths()[None, :, None]
x, y = gaussian_pairs(settings.samples, 1, 0.75)
print(f"{'family':<15} {'error':>6} {'spread':>7} {'wrong':>6} {'flagged if wrong':>17} {'if right':>9} {'time':>9}")
for name, estimate in families(settings).items():
    error, flags = (values[:, :, FAMILIES.index(name)] for values in (errors, stored["flags"]))
    taken = ~np.isnan(error)
    wrong = taken & (np.abs(error) > settings.wrong)
    size, spread = np.nanmean(np.abs(error)), np.nanmean(error.std(axis=0, ddof=1))
    doubts = f"{flags[wrong].mean():>16.0%} {flags[taken & ~wrong].mean():>9.0%}"
    start = perf_counter()
    estimate(x, y)
    cost = 1e3 * (perf_counter() - start)
    print(f"{name:<15} {size:>6.2f} {spread:>7.2f} {wrong.sum() / taken.sum():>6.0%} {doubts} {cost:>6.1f} ms")

# %% [markdown]
# ## 7. A verdict
#
# Is the tanh curve of section 3 what neurons on sampled inputs show, and is it told apart from the 29 bins that 30 edges
# make? A verdict answers with an interval, a margin fixed beforehand, and named rivals that must lose.

# %%
verdict = limitlab.validate("information/binned_tanh", scale="smoke")
print(verdict.sentence)

# %% [markdown]
# **What an estimator can know**: its sampling error, the value that shuffled samples give, whether its assumptions hold on
# these samples. **What it cannot know** from a finite sample: that nothing is hidden where it did not look. Every
# estimate of this package therefore carries value, interval, null, and a reason where it should not be trusted.
