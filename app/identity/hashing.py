"""Where passwords are hashed and compared: each holds 64 MiB while it lasts, so few do at once, whoever asks."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 2
"""One hash keeps four cores busy; more at once would take memory and be no faster."""
PATIENCE_S = 10
_THREADS = ThreadPoolExecutor(AT_ONCE, "ql-hash")


async def in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``work`` on one of the few threads; 503 when its turn does not come in time. Whoever went away takes no turn."""
    future = _THREADS.submit(work, *args, **kwargs)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE_S)
    except TimeoutError:
        raise Unavailable("同时登录或改密码的人太多，没有轮到，请稍后再试") from None
