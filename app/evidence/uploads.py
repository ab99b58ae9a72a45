"""How much a request that brings evidence may hold."""

from app.settings import MIB

ROUTE_LIMIT = 2001 * MIB
"""``max_body_size`` of upload routes; the installation's own limit (QL_EVIDENCE_MAX_MIB) holds as the body arrives."""
