"""Names of code, as strings that travel to workers: "package.module:name", or "name" in a user's own file."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from validations.core.errors import RegistryError


def resolve(reference: str, source: str | None = None) -> object:
    """The object that a reference names.

    Args:
        reference: "package.module:name", or "name" alone inside the file `source`.
        source: path of the user's file, for a bare name.

    Raises:
        RegistryError: nothing of that name is there.
    """
    module_name, _, name = reference.rpartition(":")
    if not module_name and source is None:
        raise RegistryError(f"{reference!r} names no code; write 'package.module:name'")
    try:
        found: object = load_file(source) if not module_name and source else importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except (ModuleNotFoundError, AttributeError) as problem:
        raise RegistryError(f"the code {reference!r} of a claim cannot be found: {problem}") from problem
    return found


def load_file(path: str | Path) -> ModuleType:
    """Import a Python file from anywhere under a name of its own, once a process and content."""
    path = Path(path).resolve()
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise RegistryError(
            f"{path} cannot be read ({problem.strerror}); name a Python file that defines CLAIMS"
        ) from problem
    name = f"limitlab_file_{hashlib.sha256(str(path).encode() + content).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RegistryError(f"{path} is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        del sys.modules[name]
        raise RegistryError(f"{path} cannot be imported: {type(problem).__name__}: {problem}") from problem
    return module


def reference_to(code: str | Callable | object, module: ModuleType) -> str:
    """The reference for code that a user's file gives as an object instead of by name."""
    if isinstance(code, str):
        return code
    for name, value in vars(module).items():
        if value is code:
            return name
    raise RegistryError(
        f"{module.__file__}: give {code!r} a name at the file's top level, so that a worker can find it"
    )
