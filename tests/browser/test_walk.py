"""The main job in a real browser: with scripts, without, and with nothing but a keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import main_job
from tests.browser.conftest import Visit
from tests.browser.hands import Keyboard, Pointer
from tests.conftest import As
from tests.world import World


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize(
    ("kind", "scripts"),
    [(Pointer, True), (Pointer, False), (Keyboard, True)],
    ids=["scripts", "no-scripts", "keyboard"],
)
def test_from_upload_to_close_out(
    visit: Visit, as_: As, world: World, tmp_path: Path, kind: type[Pointer], scripts: bool
) -> None:
    def hands(account: str) -> Pointer:
        return kind(visit(account, "", scripts=scripts))

    main_job.plan_to_work(hands, as_, tmp_path)
    main_job.work_to_completion(hands, as_, world, tmp_path)
    main_job.extension(hands, as_, world)
    matter = main_job.inspection_to_finding(hands, as_, world)
    main_job.rectification_to_close_out(hands, as_, matter, tmp_path)
