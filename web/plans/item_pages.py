"""The page of one plan item: its words, who is responsible, its assignments, and what may change after issue."""

from typing import Any

from fastapi import Response

from app.core.errors import Problem, invalid
from app.core.http import path_id
from app.core.operation import performs
from app.plans import items as ops
from app.plans import queries
from app.plans.models import PlanItemPatch, PlanState, ResponsibilityRole, ResponsibilitySet
from app.units.names import directory
from web.page import RETURNABLE, Page, PageContext, page_router, parse
from web.plans.pages import WORDS, _names, chosen_target, gaps_of, reviewed, show_review
from web.plans.pages import _review as review_of
