"""Write the example campaign: `python examples/generate --out DIR [--scale N]`."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from generate.campaign import write_campaign

MOST_BLOCKS = 100


def main() -> None:
    """Read the command line and write the files."""
    here = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("--out", type=Path, default=here / "campaign", help="folder to write to")
    parser.add_argument(
        "--scale", type=int, default=1, help="how many blocks of sampled users to write"
    )
    options = parser.parse_args()
    if not 1 <= options.scale <= MOST_BLOCKS:
        parser.error(f"--scale must be between 1 and {MOST_BLOCKS}")
    write_campaign(options.out, options.scale)


if __name__ == "__main__":
    main()
