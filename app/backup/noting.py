"""What a restore leaves in the log that it brought back: an event in each chain, within the same transaction."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from app.core import seal
from app.core.operation import Tx, transact
from app.events import chain
from app.events.archive import auditor_within
from app.events.operations import note_restore
from app.settings import Settings


def note_restores(connection: Connection, settings: Settings, taken_at: datetime, key: Ed25519PrivateKey) -> None:
    """The transaction's last act: on PostgreSQL the seals bring its commit along."""
    for district_id, _ in chain.districts(connection):
        tx = Tx(connection, auditor_within(district_id), settings)
        transact(tx, lambda tx: note_restore(tx, taken_at, key))
    seal.settle(connection)
