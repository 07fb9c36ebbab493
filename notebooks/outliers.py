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
# # Where do the outliers come from?
#
# The Hessian of a classifier has a few large eigenvalues far from a dense bulk. This notebook asks what sets their
# number and their place. For one model every answer is a formula: softmax regression on Gaussian clouds, where training
# starts. Then a network trained on handwritten digits shows how much of the picture survives.
#
# You need twenty minutes, eigenvalues, and the idea of a gradient.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import limitlab
from figures.core.style import styled
from theory.core import marchenko_pastur
from theory.hessian.eigenpairs import top_eigenpairs
from theory.hessian.lanczos import spectral_sample
from theory.hessian.mixtures import softmax_edge, softmax_outlier, softmax_outlier_count
from theory.hessian.operators import hessian_operator, matrix
from theory.networks import perceptron
from validations.core.optimizers import GradientDescent
from validations.core.training import train
from validations.data import digits

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## 1. Noise alone has a bulk
#
# 600 points of pure noise in 120 dimensions. Their second moment should be the identity, all eigenvalues one. It is not:
# sampling spreads them over the Marchenko-Pastur law, from $(1 - \sqrt{c})^2$ to $(1 + \sqrt{c})^2$ with $c = 120/600$.

# %%
SAMPLES, INPUTS = 600, 120
RATIO = INPUTS / SAMPLES
rng = np.random.default_rng(0)
noise = rng.standard_normal((SAMPLES, INPUTS))
grid = np.linspace(0.2, 2.2, 300)

with styled():
    fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    ax.hist(np.linalg.eigvalsh(noise.T @ noise / SAMPLES), bins=25, density=True, color="#9ecae1")
    ax.plot(grid, marchenko_pastur.density(grid, RATIO), color="black", label="Marchenko-Pastur")
    ax.set(xlabel="eigenvalue", ylabel="density", title="No signal, and still a spectrum")
    ax.legend()

# %% [markdown]
# ## 2. Classes add outliers: C(C - 1) of them
#
# Now the points belong to C classes with different means. The loss is the cross-entropy of a softmax layer. At zero weights its
# Hessian is a small matrix that knows only about C, times the second moment of the inputs. The first has C - 1 equal
# eigenvalues, the second one spike for each class: C(C - 1) outliers, C different ones of C - 1 equal eigenvalues each. They
# scatter, as all does at finite size, around the dashed line, which the next part explains.


# %%
def clouds(classes, separation):
    labels = np.arange(SAMPLES) % classes
    x = noise.copy()
    x[np.arange(SAMPLES), labels] += np.sqrt(classes * separation)
    return jnp.asarray(x), jnp.asarray(labels)


def cross_entropy(scores, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], axis=1))


def regression_spectrum(classes, separation):
    x, labels = clouds(classes, separation)
    operator = hessian_operator(lambda w: cross_entropy(x @ w.T, labels), jnp.zeros((classes, INPUTS)))
    return np.linalg.eigvalsh(np.asarray(matrix(operator)))


with styled():
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    for ax, classes in zip(axes, (2, 3, 4), strict=True):
        values = classes * regression_spectrum(classes, 2.0)
        edge = classes * float(softmax_edge(RATIO, classes))
        outliers = values[values > 1.08 * edge]
        told = classes * float(softmax_outlier(2.0, RATIO, classes))
        ax.hist(values[values > 1e-9], bins=60, color="#9ecae1", label="eigenvalues")
        low = np.full(len(outliers), 0.03)
        ax.plot(outliers, low, "|", color="#d95f02", ms=9, transform=ax.get_xaxis_transform(), label="outliers")
        ax.axvline(edge, color="black", lw=1, label="edge of the bulk")
        ax.axvline(told, color="#d95f02", ls="--", lw=1, label="mean of the outliers, in theory")
        ax.set(xlabel="eigenvalue times C", title=f"C = {classes}: {len(outliers)} outliers", xlim=(0, 4))
        assert len(outliers) == softmax_outlier_count(classes)
    axes[0].set_ylabel("eigenvalues in a bin")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

# %% [markdown]
# ## 3. Separation moves them, and a weak one hides them
#
# The mean of the outliers lies at $\frac1C(1 + \theta)(1 + g/\theta)$ for a separation $\theta$ above $\sqrt g$. Below that
# the classes are there, but the spectrum does not show them: its six largest eigenvalues belong to the bulk. Of 360 they lie
# a little inside its edge, where the line is; only an endless bulk fills it to the edge.

# %%
CLASSES = 3
separations = np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.2, 3.0])
tops = [regression_spectrum(CLASSES, s)[-CLASSES * (CLASSES - 1) :].mean() for s in separations]
fine = np.linspace(0.05, 3.0, 200)

with styled():
    fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    ax.plot(fine, softmax_outlier(fine, RATIO, CLASSES), color="black", label="theory")
    ax.plot(fine, (1 + fine) / CLASSES, color="#777777", ls="--", label="without the push of the noise")
    ax.plot(separations, tops, "o", color="#0072B2", label="measured")
    ax.axvline(RATIO**0.5, color="black", lw=1, ls=":")
    ax.set(xlabel="separation", ylabel="mean of the six largest", title="Seen beyond the dotted line only")
    ax.legend()

# %% [markdown]
# One picture is no proof. A verdict draws new clouds many times, and lets rival counts (C, C squared, one fewer) try to
# explain the same measurement.

# %%
verdict = limitlab.validate("hessian/softmax_outlier_count", scale="smoke")
print(verdict)

# %% [markdown]
# ## 4. A network on handwritten digits
#
# Three classes, one hidden layer of tanh units, 683 parameters for 150 images. No formula here; but the question can be
# asked without forming the Hessian: Lanczos counts how many eigenvalues lie above any size, with error bars, and ARPACK
# finds the largest exactly. Positive ones are drawn, both axes on logarithmic scales, so that one eigenvalue among hundreds is
# seen. This Hessian is small enough to check the count against the whole of it (dots), which for a larger network
# nobody could. The errors are those of random probes. That 60 steps cannot tell small eigenvalues from zero is not in
# them: below a hundredth of the largest, left out here, the count stays too low.

# %%
data = digits(center=True, scale="raw")
classes = np.asarray(data.targets).argmax(axis=1)
chosen = np.flatnonzero(classes < 3)[:150]
images = jnp.asarray(np.asarray(data.inputs)[chosen] / np.asarray(data.inputs)[chosen].std())
labels = jnp.asarray(classes[chosen])
network = perceptron((images.shape[1], 10, 3), activation="tanh")
start = network.init(jax.random.key(0))


def digits_loss(params, data):
    x, y = data
    return cross_entropy(network.apply(params, x), y)


trained = train(digits_loss, start, (images, labels), method=GradientDescent(0.2), steps=400).params
largest = {}
with styled():
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for ax, params, name in zip(axes, (start, trained), ("at the start", "after training"), strict=True):
        operator = hessian_operator(lambda p: digits_loss(p, (images, labels)), params)
        largest[name] = np.asarray(top_eigenpairs(operator, 12, tolerance=1e-6).values)
        sizes = np.geomspace(1e-2, 1.5, 200) * largest[name][0]
        share, error = spectral_sample(operator, jax.random.key(1), steps=60, probes=10).distribution(sizes)
        above = operator.size * (1 - np.asarray(share))
        band = 2 * operator.size * np.asarray(error)
        low, high = (np.maximum(above + side * band, 0.1) for side in (-1, 1))
        ax.fill_between(sizes, low, high, color="#9ecae1", label="Lanczos, two errors")
        exact = np.sort(np.linalg.eigvalsh(np.asarray(matrix(operator))))[::-1]
        ax.plot(exact[exact > 0], 1 + np.arange((exact > 0).sum()), ".", color="black", ms=3, label="the whole Hessian")
        ax.plot(largest[name], 1 + np.arange(12), "o", mfc="none", color="#d95f02", label="the twelve largest, ARPACK")
        ax.set(xlabel="eigenvalue", title=name, xscale="log", yscale="log", ylim=(0.7, 300), xlim=(sizes[0], sizes[-1]))
    axes[0].set_ylabel("eigenvalues as large")
    axes[0].legend(fontsize="small", loc="lower left")
print({name: np.round(values, 3).tolist() for name, values in largest.items()})

# %% [markdown]
# Hundreds of eigenvalues near zero, a few far above: no count of classes can be read off, as the list falls
# without a clear step. Do not count gaps by eye. What can be said exactly is said above, where the model is simple enough to be solved.
#
# ## 5. Do the classes move the outliers only?
#
# So it was conjectured (Sagun et al., 2017): parameters set the bulk, data the outliers. One half is seen on the digits: wider
# networks add zeros. The other half is not. Move the digits' class means half-way together: the predictions are less certain, and
# their variance $p(1 - p)$ stands before all of the curvature. The bulk rises too, and by more.

# %%
moved = limitlab.validate("hessian/digits_separation_moves_bulk", scale="smoke")
print(moved)

# %% [markdown]
# **To try**: change `SAMPLES` at fixed `RATIO`; nothing moves. Change the number of classes of the digits. Let a formula
# of your own compete: `limitlab.check(lambda theta, g, classes: ..., against="hessian/softmax_outlier")`.
