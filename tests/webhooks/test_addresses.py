"""Where messages never go, however it is written, whatever a resolver says, and wherever an answer points."""

import socket
import threading
from ipaddress import ip_network
from typing import Any

import pytest

from app.settings import Settings
from app.webhooks import addresses
from app.webhooks.models import Fault
from app.webhooks.posting import post
from tests.conftest import As
from tests.walk.steps import API
from tests.webhooks.receiver import Receiver
from tests.world import World

INSIDE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"),
)
DISGUISED = (
    *("http://2130706433/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://017700000001/"),
    *("https://127.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://1.2.3.4.5/", "https://[::ffff:7f00:1]/"),
    *("https://[127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://１２７.0.0.1/", "https://①②⑦.0.0.1/"),
)
ODD = (
    *("ftp://example.com/", "file:///etc/passwd", "https://", "https:///in", "//example.com/", "example.com/in"),
    *("https://user@example.com/", "https://user:secret@example.com/", "https://@example.com/"),
    *("https://example.com\\@127.0.0.1/", "https://example.com/#x", "https://example.com:0/"),
    *("https://example.com:65536/", "https://example.com:x/", "https://exa mple.com/", "https://例子.cn/"),
    *("https://example.com/a b", "https://[::1", "https://.example.com/", "https://a..b/", "https://-a.com/"),
    *(f"https://{'a' * 64}.com/", "https://example.com/\r\nX: 1", "http://example.com/", "HTTP://example.com/"),
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As they are installed: nothing inside is allowed."""
    return settings.model_copy(update={"webhook_allow": ""})


def test_a_webhook_to_the_inside_or_in_disguise_is_refused(as_: As, world: World) -> None:
    client = as_("secadmin")
    inside = [f"https://[{each}]/" if ":" in each else f"https://{each}/" for each in INSIDE]
    for url in (*inside, *DISGUISED, *ODD):
        body = {"name": "往里", "url": url, "unit_id": world.district}
        answer = client.post(f"{API}/webhooks", json=body)
        assert answer.status_code == 422, f"{url}: {answer.status_code}"
        assert answer.json()["errors"][0]["pointer"] == "/url", url
    body = {"name": "往外", "url": "https://example.com:8443/in?a=b", "unit_id": world.district}
    good = client.post(f"{API}/webhooks", json=body)
    assert good.status_code == 201
    turned = {"json": {"url": "https://10.0.0.1/"}, "headers": {"if-match": good.headers["etag"]}}
    assert client.patch(f"{API}/webhooks/{good.json()['id']}", **turned).status_code == 422


def test_the_discipline_team_has_none(as_: As, world: World) -> None:
    body = {"name": "派驻", "url": "https://example.com/", "unit_id": world.unit["派驻组"]}
    assert as_("secadmin").post(f"{API}/webhooks", json=body).json()["errors"][0]["pointer"] == "/unit_id"


# Without a database: one try.


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where it was connected to; nothing answers there."""
    made: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], **_: Any) -> Any:
        made.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return made


def test_a_name_that_leads_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    for address in INSIDE:
        for answer in ([address], ["93.184.216.34", address]):
            monkeypatch.setattr(addresses, "look_up", lambda host, port, answer=answer: answer)
            assert post("https://rebind.example.com/", b"{}", {}, ()).fault == Fault.ADDRESS, address
    assert connected == []


def test_a_resolver_that_changes_its_mind_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setattr(addresses, "look_up", lambda host, port: next(answers))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("asked a second time"))
    assert post("https://rebind.example.com:8443/", b"{}", {}, ()).fault == Fault.CONNECTION
    assert connected == [("93.184.216.34", 8443)]


def test_only_the_allowed_range_is_reached_inside_and_without_tls(
    monkeypatch: pytest.MonkeyPatch, connected: list[tuple[str, int]]
) -> None:
    allowed = [ip_network("10.2.0.0/16")]
    for address, url, fault in (
        ("10.2.3.4", "http://platform.local/", Fault.CONNECTION),
        ("::ffff:10.2.3.4", "https://platform.local/", Fault.CONNECTION),
        ("10.3.3.4", "http://platform.local/", Fault.ADDRESS),
        ("93.184.216.34", "http://example.com/", Fault.PLAIN),
    ):
        monkeypatch.setattr(addresses, "look_up", lambda host, port, address=address: [address])
        assert post(url, b"{}", {}, allowed).fault == fault, address
    assert [address for address, _ in connected] == ["10.2.3.4", "10.2.3.4"]


def test_a_resolver_without_an_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def say_nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror

    monkeypatch.setattr(addresses, "look_up", say_nothing)
    assert post("https://nowhere.example.com/", b"{}", {}, ()).fault == Fault.NAME
    monkeypatch.setattr("app.webhooks.posting.LIMIT_S", 0.2)
    stuck = threading.Event()
    monkeypatch.setattr(addresses, "look_up", lambda host, port: stuck.wait(30) and [])
    assert post("https://slow.example.com/", b"{}", {}, ()).fault == Fault.TIMEOUT
    stuck.set()


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    allowed = [ip_network("127.0.0.1/32")]
    for status in (301, 302, 303, 307, 308):
        receiver.status, receiver.headers = status, {"location": receiver.url.replace("/in", "/inside")}
        outcome = post(receiver.url, b"{}", {}, allowed)
        assert (outcome.status, outcome.fault) == (status, Fault.REDIRECT)
    assert len(receiver.got) == 5
