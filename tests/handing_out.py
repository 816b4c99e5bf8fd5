"""Which of the test processes runs what: each keeps to one database, as far as it goes.

A story that is parked for many tests is then parked once, not once in each process; and only one
process starts a PostgreSQL server.
"""

import re

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

POSTGRES = re.compile("postgres|/races/")
"""What stands in the address of a test on PostgreSQL."""
ON_POSTGRES = 1
"""The place of the process that takes PostgreSQL."""


class OneDatabaseEach(LoadScopeScheduling):
    """Hands out files whole, those of either database apart.

    The first process begins at the front, where stand the long stories; the second takes PostgreSQL,
    and then goes from the end as those after it do, until all meet in between.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return f"{file}::postgres" if POSTGRES.search(nodeid) else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        place = self.nodes.index(node)
        mine = [
            scope
            for scope in self.workqueue
            if (POSTGRES.search(scope) is not None) is (place == ON_POSTGRES)
        ]
        is_from_front = place == 0 or (place == ON_POSTGRES and mine)
        left = mine or list(self.workqueue)
        self.workqueue.move_to_end(left[0 if is_from_front else -1], last=False)
        super()._assign_work_unit(node)
