"""What a POST acts on that is a person's own and not for tokens: who does it, logged in, with what body."""

import pyotp

from app.channels.models import CalendarFeed, NoticeChoice
from app.channels.sealed import seal
from app.core.calendar import now
from tests.generated.routes import API, Route
from tests.generated.situations import Call
from tests.generated.stage import Stage
from tests.world import PASSWORD

CODE = "abcd2345efgh"
Own = tuple[str, dict[str, str]]


def factor_to_confirm(s: Stage, account: str = "education") -> Own:
    shown = s.session(account)
    begun = s.nobody().post(f"{API}/me/second-factor", json={"password": PASSWORD}, headers=shown)
    assert begun.status_code == 201, begun.text
    return account, {"code": pyotp.TOTP(begun.json()["secret"]).at(now())}


def factor_to_remove(s: Stage, account: str = "middle") -> Own:
    _, body = factor_to_confirm(s, account)
    codes = s.nobody().post(f"{API}/me/second-factor/confirm", json=body, headers=s.session(account))
    assert codes.status_code == 200, codes.text
    return account, {"password": PASSWORD, "code": codes.json()["recovery_codes"][0]}


def _choice(s: Stage, account: str, **sealed: str) -> None:
    user_id = s.world.user[account]
    kept = {name: seal(s.hall.apps[0].state.settings, user_id, text) for name, text in sealed.items()}
    s.stock.add(NoticeChoice, user_id=user_id, left_out=[], **kept, **({"asked_at": now()} if "code" in sealed else {}))


def address_to_confirm(s: Stage, account: str = "leader") -> Own:
    _choice(s, account, asked_address="leader@example.cn", code=CODE)
    return account, {"code": CODE}


def address_to_remove(s: Stage, account: str = "discipline") -> Own:
    _choice(s, account, address="discipline@example.cn")
    return account, {}


def feed_to_revoke(s: Stage, account: str = "leader") -> Own:
    s.stock.add(CalendarFeed, user_id=s.world.user[account], token_sha256="0" * 64, made_at=now())
    return account, {}


OWN = {
    "/me/second-factor": lambda s: ("auditor", {"password": PASSWORD}),
    "/me/second-factor/confirm": factor_to_confirm,
    "/me/second-factor/remove": factor_to_remove,
    "/me/notice-settings/email": lambda s: ("auditor", {"email": "auditor@example.cn"}),
    "/me/notice-settings/email/confirm": address_to_confirm,
    "/me/notice-settings/email/remove": address_to_remove,
    "/me/calendar-feed": lambda s: ("auditor", {}),
    "/me/calendar-feed/revoke": feed_to_revoke,
}
"""By the path; these are asked with a session's cookie."""


def call_in_session(stage: Stage, route: Route) -> tuple[Call, dict[str, str]]:
    """The request that succeeds, and the headers of who has logged in."""
    account, body = OWN[route.path.removeprefix(API)](stage)
    return Call(account, None, {"json": body} if body else {}), stage.session(account)
