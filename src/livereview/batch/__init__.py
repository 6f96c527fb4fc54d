"""Many campaigns reviewed in one run: found, shared out among processes, kept in a ledger.

One that fails never stops the others; what is done and unchanged is not done again.
"""

from livereview.batch.roster import Roster, enlist
from livereview.batch.run import Batch, Kept

__all__ = ["Batch", "Kept", "Roster", "enlist"]
