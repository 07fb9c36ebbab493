"""The recursion of kernels through the steps of an architecture, with no more pairs of positions than it needs."""

from collections.abc import Callable
from functools import partial

import jax

from theory.kernels.mixing import attended, pooled, pooled_over_all
from theory.kernels.pairs import Factors, Pairs, activated, added, affine, normalized
from theory.kernels.plan import Branches, Convolved, Mixing, Step
from theory.kernels.positions import Images, Layout, at_equal_positions, flattened
from theory.kernels.windows import windowed
from theory.networks import Activation, AveragePool, Flatten, GlobalPool, LayerNorm

# Every step is a program of its own: as one, XLA would compute an activation anew for every place of the window that
# comes next, and compile for seconds. Networks share the programs of their steps.


_affine = jax.jit(affine, static_argnums=2)


def _dense(step: Factors, pairs: Pairs) -> Pairs:
    """Numbers are arguments of the program, as gains that are arrays must be."""
    return _affine(step, pairs, not isinstance(step.bias, float) or step.bias > 0)


_activated = jax.jit(activated, static_argnums=0)
_normalized, _added = jax.jit(normalized), jax.jit(added)
_windowed, _pooled, _attended = (jax.jit(change, static_argnums=(1, 2)) for change in (windowed, pooled, attended))
_flattened, _at_equal_positions, _pooled_over_all = (
    jax.jit(change, static_argnums=1) for change in (flattened, at_equal_positions, pooled_over_all)
)


def _needed(step: Step, after: bool) -> bool:
    """Whether the step needs pairs of unequal positions to put out what is needed after it."""
    if isinstance(step, AveragePool | GlobalPool | Mixing):
        return True
    if isinstance(step, Branches):
        return any(needs(branch, after)[0] for branch in step)
    return after and not isinstance(step, Flatten)


def needs(steps: tuple[Step, ...], after: bool) -> list[bool]:
    """The same before every step and after the last."""
    needed = [after]
    for step in reversed(steps):
        needed.insert(0, _needed(step, needed[0]))
    return needed


def walk(steps: tuple[Step, ...], images: Images, layout: Layout, after: bool) -> tuple[Images, Layout]:
    """Pairs of images through the steps; with all pairs of positions at the end if `after`, and then at the start."""
    first, *rest = needs(steps, after)
    images, layout = _lean(images, layout, first)
    for step, need in zip(steps, rest, strict=True):
        images, layout = _lean(*_taken(step, images, layout, need), need)
    return images, layout


def _lean(images: Images, layout: Layout, full: bool) -> tuple[Images, Layout]:
    if not layout.full or full:
        return images, layout
    return Images(_at_equal_positions(images.cross, layout)), Layout(layout.axes, False)


def _taken(step: Step, images: Images, layout: Layout, after: bool) -> tuple[Images, Layout]:
    nowhere = Layout(0, False)
    if isinstance(step, Branches):
        (there, left), (here, _) = (walk(branch, images, layout, after) for branch in step)
        own = None if there.own is None or here.own is None else _added(there.own, here.own)
        return Images(_added(there.cross, here.cross), own), left
    if isinstance(step, AveragePool):
        return _pooled(images, step.window, layout), layout
    if isinstance(step, Mixing):
        return _attended(images, step.sharpness, layout), layout
    if isinstance(step, GlobalPool):
        return _pooled_over_all(images, layout), nowhere
    if isinstance(step, Flatten):
        return Images(_flattened(images.cross, layout)), nowhere
    change = _change(step, layout)
    return Images(change(images.cross), None if images.own is None else change(images.own)), layout


def _change(step: Step, layout: Layout) -> Callable[[Pairs], Pairs]:
    if isinstance(step, Factors):
        return partial(_dense, step)
    if isinstance(step, Convolved):
        return lambda pairs: _dense(step.factors, _windowed(pairs, step.window, layout))
    if isinstance(step, Activation):
        return partial(_activated, step)
    if isinstance(step, LayerNorm):
        return _normalized
    raise TypeError(f"no kernel of {type(step).__name__} is known at infinite width")
