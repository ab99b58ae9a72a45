"""The plan parser: from a plan's official text to its tasks, units and deadlines.

    source = read_document(data, "方案.docx")      # UnreadableDocument says in Chinese how to mend the file
    plan = parse(source.text, source.tables)       # never raises; spans count code points of source.text
    plan.as_json()

Deterministic, linear in the length of the text, without any network or model.
"""

from .deadlines import read_deadline
from .document import LARGEST_FILE, read_document
from .document_text import normalise
from .model import (
    Area,
    Basis,
    DeadlineKind,
    Organization,
    ParsedDeadline,
    ParsedItem,
    ParsedPlan,
    ParsedResponsibility,
    Requirement,
    Role,
    Section,
    SourceText,
    UnreadableDocument,
)
from .reader import parse
from .recurring import Place, place_in

__all__ = [
    "LARGEST_FILE",
    "Area",
    "Basis",
    "DeadlineKind",
    "Organization",
    "ParsedDeadline",
    "ParsedItem",
    "ParsedPlan",
    "ParsedResponsibility",
    "Place",
    "Requirement",
    "Role",
    "Section",
    "SourceText",
    "UnreadableDocument",
    "normalise",
    "parse",
    "place_in",
    "read_deadline",
    "read_document",
]
