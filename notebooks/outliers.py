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
from figures.core.style import series_colors, styled
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
# eigenvalues, the second one spike for each class: C(C - 1) outliers.


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
        ax.hist(values[values > 1e-9], bins=60, color="#9ecae1")
        ax.axvline(edge, color="black", lw=1)
        found = int((values > 1.08 * edge).sum())
        ax.set(xlabel="eigenvalue times C", title=f"C = {classes}: {found} outliers", ylim=(0, 12))
        assert found == softmax_outlier_count(classes)

# %% [markdown]
# ## 3. Separation moves them, and a weak one hides them
#
# The mean of the outliers lies at $\frac1C(1 + \theta)(1 + g/\theta)$ for a separation $\theta$ above $\sqrt g$. Below that
# the classes are there, but the spectrum does not show them.

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
# Three classes, one hidden layer of tanh units, too many parameters for comfort. No formula here; but the question can
# be asked without forming the Hessian: Lanczos gives the density, ARPACK the top.

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
points = jnp.linspace(-0.2, 2.0, 200)
colors = series_colors(2)
with styled():
    fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for params, name, color in ((start, "at the start", colors[0]), (trained, "after training", colors[1])):
        operator = hessian_operator(lambda p: digits_loss(p, (images, labels)), params)
        sample = spectral_sample(operator, jax.random.key(1), steps=30, probes=4)
        density = sample.density(points, 0.02).value
        ax.plot(points, np.maximum(density, 1e-6), color=color, label=name)
        top = top_eigenpairs(operator, 8, tolerance=1e-4).values
        ax.plot(top, np.full(8, 2e-3 if name == "after training" else 1e-3), "|", color=color, ms=14)
    ax.set(xlabel="eigenvalue", ylabel="density", yscale="log", ylim=(1e-4, None), title="Ticks: the eight largest")
    ax.legend()

# %% [markdown]
# A dense heap at zero, a few eigenvalues far away. Do not count gaps by eye: the largest gap in such a list often lies after the
# first one or two. What can be said exactly is said above, where the model is simple enough to be solved.
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
