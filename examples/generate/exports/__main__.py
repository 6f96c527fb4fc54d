"""Write the consoles' files: `python examples/generate/exports --campaign DIR --out DIR`."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from generate.exports.folder import write_exports


def main() -> None:
    """Read the command line and write the files."""
    examples = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="exports", description=__doc__)
    parser.add_argument(
        "--campaign", type=Path, default=examples / "campaign", help="the campaign to export"
    )
    parser.add_argument("--out", type=Path, default=examples / "exports", help="folder to write to")
    options = parser.parse_args()
    write_exports(options.campaign, options.out)


if __name__ == "__main__":
    main()
