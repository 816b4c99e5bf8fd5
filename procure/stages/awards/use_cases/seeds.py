"""Seeds for what is drawn by lot in a review."""

import hashlib
import secrets

from procure.store import trail
from procure.store.unit_of_work import UnitOfWork


def new_seed(uow: UnitOfWork, project_id: str) -> str:
    """Fresh randomness mixed with the end of the project's chain: nobody could have chosen it, and
    a draw repeated elsewhere would not stand at this place of the trail.
    """
    stream = f"project:{project_id}"
    _, head = trail.heads(uow.session, [stream])[stream]
    return hashlib.sha256(secrets.token_bytes(32) + head.encode()).hexdigest()
