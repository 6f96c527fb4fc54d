"""The version of the installed package."""


def version() -> str:
    """Return the version, or `0+unknown` where livereview runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("livereview")
    except metadata.PackageNotFoundError:
        return "0+unknown"
