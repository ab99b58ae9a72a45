"""How the public finds the form on which it reports."""

from starlette.testclient import TestClient

from tests.conftest import As
from tests.world import World


def test_the_login_page_leads_to_it_and_those_who_direct_complaints_have_a_code_to_publish(
    client: TestClient, browse: As, world: World
) -> None:
    login = client.get("/login").text
    assert 'href="/report"' in login and "<script" not in login
    address = f"http://testserver/report?bureau_id={world.district}"
    for account in ("supervisor", "discipline"):
        page = browse(account).get("/complaints").text
        assert address in page and 'class="qr"' in page
    assert client.get(address).status_code == 200
    assert "/report?bureau_id" not in browse("office").get("/complaints").text
