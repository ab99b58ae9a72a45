"""Setting up the second factor, and turning it off."""

from fastapi import Response

from app.core.errors import Mendable, Problem, TooManyRequests
from app.core.operation import Reader, performs
from app.identity import second_factor
from app.identity.login import confirm_password, password_and_code
from app.identity.models import Code, OwnPassword, OwnPasswordAndCode
from app.identity.second_factor import Provision
from web.drawing import drawn
from web.page import Page, PageContext, page_router, parse

PLACE = "/account/second-factor"
router = page_router()


async def show(page: PageContext, problem: Problem | None = None, codes: list[str] | None = None) -> Response:
    def query(see: Reader) -> tuple[dict[str, object], Provision | None]:
        return second_factor.standing(see), second_factor.begun(see)

    factor, begun = await page.read(query)
    return await page.render(
        "identity/second_factor.html",
        page_title="动态验证码",
        problem=problem,
        factor=factor,
        begun=begun,
        drawn=drawn(begun.uri) if begun else None,
        codes=codes,
    )


@router.get("/account/second-factor")
async def read(page: Page) -> Response:
    return await show(page)


@router.post("/account/second-factor")
@performs(second_factor.begin)
async def begin(page: Page) -> Response:
    typed = await page.form(once=False)
    try:
        await confirm_password(page, parse(OwnPassword, typed).password)
        await page.run(second_factor.begin)
    except (Mendable, TooManyRequests) as problem:
        return await show(page, problem)
    return page.after(PLACE)


@router.post("/account/second-factor/confirm")
@performs(second_factor.confirm)
async def confirm(page: Page) -> Response:
    """The recovery codes are shown on the answer to this very form, once."""
    typed = await page.form(once=False)
    try:
        codes = await page.run(second_factor.confirm, parse(Code, typed).code)
    except Mendable as problem:
        return await show(page, problem)
    return await show(page, codes=codes)


@router.post("/account/second-factor/remove")
@performs(second_factor.remove)
async def remove(page: Page) -> Response:
    typed = await page.form(once=False)
    try:
        given = parse(OwnPasswordAndCode, typed)
        async with password_and_code(page, given.password):
            await page.run(second_factor.remove, given.code)
    except (Mendable, TooManyRequests) as problem:
        return await show(page, problem)
    return page.after(PLACE, "动态验证码已关闭，登录时只问密码。")
