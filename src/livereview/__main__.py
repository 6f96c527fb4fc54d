"""`python -m livereview`: the same as the command `livereview`."""

import sys

from livereview.cli import main

if __name__ == "__main__":
    sys.exit(main())
