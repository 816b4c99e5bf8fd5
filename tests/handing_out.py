"""Which of two test processes runs what: each keeps to one database, as far as it goes.

A story that is parked for many tests is then parked once, not once in each process; and only one
process starts a PostgreSQL server.
"""

import re

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

POSTGRES = re.compile("postgres|/races/")
"""What stands in the address of a test on PostgreSQL."""


class OneDatabaseEach(LoadScopeScheduling):
    """Hands out files whole, those of either database apart.

    The first process begins at the front, where stand the long stories, and leaves PostgreSQL to the
    others; they go on from the end, until all meet in between.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file}::postgres" if POSTGRES.search(nodeid) else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_first = node is self.nodes[0]
        mine = [scope for scope in self.workqueue if (POSTGRES.search(scope) is None) is is_first]
        scope = (
            mine[0]
            if mine
            else next(iter(self.workqueue) if is_first else reversed(self.workqueue))
        )
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
