"""Where documents of strangers are taken apart: each in a child of up to a GiB, so few at once, whatever they are.

Tables and plans share these threads, and nothing else does: whoever waits here holds a file on disk, and no thread by
which other files are received and sent.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 2
"""In a process; more would take memory and, on two cores, be no faster."""
PATIENCE_S = 15
RETRY_AFTER_S = 30
BUSY = "正在读取别人上传的表格和方案，没有轮到，请半分钟后再上传"
_THREADS = ThreadPoolExecutor(AT_ONCE, "ql-parse")


async def in_turn(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``work`` on one of the few threads; 503 when its turn does not come in time. What has begun is waited for: it has
    bounds of its own."""
    future = _THREADS.submit(work, *args, **kwargs)
    late = False

    def give_up() -> None:
        nonlocal late
        late = future.cancel()

    timer = asyncio.get_running_loop().call_later(PATIENCE_S, give_up)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        if late:
            raise Unavailable(BUSY, headers={"Retry-After": str(RETRY_AFTER_S)}) from None
        # Whoever asked is gone. The child, where it has begun, is still at files that would be taken away beneath it.
        await asyncio.wait([asyncio.wrap_future(future)])
        raise
    finally:
        timer.cancel()
