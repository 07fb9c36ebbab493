"""Facts of experiments and claims. Imports neither JAX nor scipy: the command line lists claims without them."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from difflib import get_close_matches
from math import inf
from typing import Any, ClassVar, Literal, get_type_hints

from validations.core.errors import ConfigurationError
from validations.core.settings import advice, check_limits, checked

Kind = Literal["identity", "mean", "rate", "bound", "threshold", "ordering", "phenomenon"]
KINDS: tuple[str, ...] = ("identity", "mean", "rate", "bound", "threshold", "ordering", "phenomenon")
BASES: tuple[str, ...] = ("finite_size", "numerical", "rival", "practical")
SCALES: tuple[str, ...] = ("smoke", "standard", "paper")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What determines a measurement besides the seed. Subclass it with the experiment's own fields.

    Field values are JSON values (int, float, bool, str, tuples of these) of the annotated type, their numbers finite;
    `tuple[float, float]` is a range, smaller end first. A subclass with a `__post_init__` of its own calls this one.

    Attributes:
        positive: settings above zero, in every entry of a tuple.
        not_negative: settings at or above zero.
        between: settings within limits, both allowed; infinite where there is none.
    """

    replicates: int

    positive: ClassVar[tuple[str, ...]] = ()
    not_negative: ClassVar[tuple[str, ...]] = ()
    between: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        try:
            hints = get_type_hints(type(self))
        except NameError:  # an annotation in quotes that names nothing: its type stays open
            hints = {}
        defaults = {f.name: f.default for f in fields(self) if f.default is not MISSING}
        for f in fields(self):
            plain = checked(f.name, getattr(self, f.name), hints.get(f.name), self._fix(f.name, defaults))
            object.__setattr__(self, f.name, plain)
        limits = {"replicates": (1, inf)} | dict.fromkeys(self.not_negative, (0, inf)) | dict(self.between)
        for name in self.positive:
            check_limits(name, getattr(self, name), 0, inf, above=True, fix=self._fix(name, defaults))
        for name, (lowest, highest) in limits.items():
            check_limits(name, getattr(self, name), lowest, highest, fix=self._fix(name, defaults))

    @staticmethod
    def _fix(name: str, defaults: Mapping[str, Any]) -> str:
        return "8 are the least that can be conclusive" if name == "replicates" else advice(name, defaults)

    def with_overrides(self, overrides: Mapping[str, Any]) -> "Configuration":
        names = [f.name for f in fields(self)]
        if not isinstance(overrides, Mapping):
            raise ConfigurationError(f"overrides = {overrides!r} must be a mapping, as in {{'replicates': 32}}")
        for name in overrides:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; the settings are {', '.join(names)}"
                raise ConfigurationError(f"there is no setting {name!r} to override{hint}")
        changed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in overrides.items()}
        return replace(self, **changed)


@dataclass(frozen=True)
class Cost:
    """What one replicate takes at standard scale, measured by `--measure-cost`."""

    seconds: float = 0.1
    bytes: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A simulation with its configurations, run and stored once and read by several claims.

    Attributes:
        id: "theme/noun"; names the folder below the results root.
        code: "package.module:function" of `simulate(config, keys) -> Measurement`, imported when run, or the
            function itself in a user's own file.
        revision: raised whenever measuring code changes.
        cell: replicates computed together; a cell is always computed whole, whoever computes it.
        random: False where replicates are deterministic (keys are then to be ignored).
        datasets: names of the data sets read, whose checksums enter the record's key.
    """

    id: str
    title: str
    code: Any
    scales: Mapping[str, Configuration]
    revision: int = 1
    cell: int = 8
    cost: Cost = Cost()
    random: bool = True
    datasets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = set(self.scales) - set(SCALES)
        if unknown or not self.scales:
            raise ConfigurationError(
                f"experiment {self.id}: scales {sorted(self.scales)} must be some of {', '.join(SCALES)}"
            )


@dataclass(frozen=True)
class Rival:
    """A wrong theory that a reader might hold. `near`: within 20 %, or one step of an exponent or integer."""

    name: str
    why: str
    near: bool = False


@dataclass(frozen=True)
class Margin:
    """Why the smallest discrepancy that matters is what it is; its value is a function of the configuration."""

    basis: str
    why: str


@dataclass(frozen=True)
class Erratum:
    """A published statement that the data refute: where it is printed, what is printed, what holds, who says so."""

    where: str
    printed: str
    holds: str
    evidence: str
    also: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One checkable statement of a paper: experiment + prediction + rivals.

    Attributes:
        statement: the statement in LaTeX.
        code: "package.module:name" of its `Theory`, imported when run, or the `Theory` itself in a user's own file.
        papers: keys of `references.bib`.
        no_near_rival: why no rival is near, where none is.
        options: what the judge of the claim's kind needs to know beyond the numbers (see `validations.core.judge`).
    """

    id: str
    title: str
    kind: Kind
    statement: str
    assumptions: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    experiment: Experiment
    code: Any
    rivals: tuple[Rival, ...]
    no_near_rival: str = ""
    margin: Margin
    expected: Literal["supported", "refuted"] = "supported"
    corrected_by: str | None = None
    erratum: Erratum | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        def reject(problem: str) -> None:
            raise ConfigurationError(f"claim {self.id}: {problem}")

        if self.kind not in KINDS:
            reject(f"kind {self.kind!r} must be one of {', '.join(KINDS)}")
        if self.margin.basis not in BASES or not self.margin.why:
            reject(f"margin basis {self.margin.basis!r} must be one of {', '.join(BASES)}, with a why")
        if not self.rivals:
            reject("name at least one rival")
        if not any(r.near for r in self.rivals) and not self.no_near_rival:
            reject("at least one rival must be near, or `no_near_rival` must say why none exists")
        if self.expected == "refuted" and not (self.corrected_by and self.erratum):
            reject("an expected refutation names its erratum and the claim that corrects it")

    @property
    def theme(self) -> str:
        return self.id.split("/")[0]
