"""Where claims are found: this package's themes, installed packages that announce themselves, and files."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path

import validations
from validations.core.claim import Claim
from validations.core.errors import LaboratoryError, RegistryError
from validations.core.references import load_file, reference_to

ENTRY_POINTS = "limitlab.claims"


@dataclass
class Registry:
    """Claims by id, each with the file that it came from where it is a user's own.

    Attributes:
        claims: by id.
        source: path of the user's file for claims found in one, else None.
        home: where each claim was found, for messages.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    source: dict[str, str | None] = field(default_factory=dict)
    home: dict[str, str] = field(default_factory=dict)

    def add(self, claims: Iterable[Claim], home: str, source: str | None = None) -> None:
        for claim in claims:
            if not isinstance(claim, Claim):
                raise RegistryError(f"{home}: CLAIMS holds {type(claim).__name__}, not a Claim")
            if self.home.get(claim.id, home) != home:
                raise RegistryError(
                    f"two claims share the id {claim.id!r}: one in {self.home[claim.id]}, one in {home}; rename one"
                )
            self.claims[claim.id], self.source[claim.id], self.home[claim.id] = claim, source, home

    @property
    def themes(self) -> list[str]:
        return sorted({c.theme for c in self.claims.values()})

    def select(self, names: Sequence[str] = ()) -> list[Claim]:
        """The claims that ids, themes or files name; all of them for no name.

        Raises:
            RegistryError: a name that is none of these, with the nearest one.
        """
        chosen: dict[str, Claim] = {} if names else dict(self.claims)
        for name in names:
            if is_file(name):
                path = str(Path(name).resolve())
                chosen |= {i: c for i, c in self.claims.items() if self.source[i] == path}
            else:
                chosen |= self._named(name)
        return list(chosen.values())

    def _named(self, name: str) -> Mapping[str, Claim]:
        found = {i: c for i, c in self.claims.items() if name in (i, c.theme)}
        if found:
            return found
        short = {i.split("/")[-1]: i for i in self.claims}
        near = get_close_matches(name, [*self.claims, *self.themes], n=1) or [
            short[s] for s in get_close_matches(name.split("/")[-1], list(short), n=1)
        ]
        hint = f"did you mean {near[0]!r}?" if near else "`limitlab list` prints all"
        raise RegistryError(f"there is no claim, theme or file {name!r}; {hint}")


def is_file(name: str) -> bool:
    return name.endswith(".py") or Path(name).is_file()


def load_registry(files: Sequence[str | Path] = ()) -> Registry:
    """Every claim there is: in `validations/<theme>/`, announced by entry points, and in the named files."""
    registry = Registry()
    for theme in sorted(m.name for m in pkgutil.iter_modules(validations.__path__) if m.ispkg):
        module = importlib.import_module(f"validations.{theme}")
        registry.add(getattr(module, "CLAIMS", ()), module.__name__)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
        registry.add(_announced(point), f"{point.value} (entry point {point.name!r})")
    for file in [files] if isinstance(files, str | Path) else files:
        _add_file(registry, Path(file))
    return registry


def _announced(point) -> Iterable[Claim]:
    try:
        found = point.load()
    except LaboratoryError:
        raise
    except Exception as problem:  # a broken third package must not hide behind ours
        raise RegistryError(f"the entry point {point.name!r} = {point.value} cannot be loaded: {problem}") from problem
    return getattr(found, "CLAIMS", found)


def _add_file(registry: Registry, path: Path) -> None:
    module = load_file(path)
    claims = getattr(module, "CLAIMS", None)
    if claims is None:
        raise RegistryError(f"{path} defines no CLAIMS; end it with `CLAIMS = (my_claim,)`")
    source = str(path.resolve())
    registry.add((_with_references(c, module) for c in claims), source, source)


def _with_references(claim: Claim, module) -> Claim:
    experiment = replace(claim.experiment, code=reference_to(claim.experiment.code, module))
    return replace(claim, experiment=experiment, code=reference_to(claim.code, module))
