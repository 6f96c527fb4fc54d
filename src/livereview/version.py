"""The version of the installed package, and its build."""

from functools import cache
from pathlib import Path


def version() -> str:
    """Return the version, or `0+unknown` where livereview runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("livereview")
    except metadata.PackageNotFoundError:
        return "0+unknown"


@cache
def build(*beside: Path) -> str:
    """Return a digest of the package's files, and of folders beside it, by name and content.

    What one build has worked out, another may work out differently under the same version; the
    same build that is installed anew is still the same.
    """
    import hashlib

    digest = hashlib.sha256(version().encode())
    for root in (Path(__file__).parent, *beside):
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".part"):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root)}:{content}\n".encode())
    return digest.hexdigest()
