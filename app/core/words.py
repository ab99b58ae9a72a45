"""What a resource's part of the audit log is called in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.workflow import Workflow


@dataclass(frozen=True)
class Words:
    """One for each folder that has something to say; app/events/words.py puts them together."""

    resources: Mapping[str, str]
    """``filing`` → 备案, for each audited name of the folder."""
    workflows: tuple[Workflow, ...] = ()
    """Their steps and states are called as their buttons are."""
    operations: Mapping[str, str] = field(default_factory=dict)
    """``indicator_value.create`` → 填报, where neither a workflow nor a common verb says it."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """``adopted_on`` → 通过日期, or ``indicator.target`` → 目标值 where the same field of another resource is called
    otherwise."""
    values: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    """A field's coded values, by the field's name or by resource and field."""
