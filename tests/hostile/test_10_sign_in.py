"""Classes 9 and 10: sign-in leads nowhere else, takes nobody in, and does not say who exists."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from tests.cast import COUNTY, Cast
from tests.hostile.samples import TEXTS
from tongtang.access.models import Account

SECRET = "chalk dust and song"
ELSEWHERE = {
    "another site": "https://evil.example/",
    "without scheme": "//evil.example/",
    "three slashes": "///evil.example",
    "backslashes": "\\\\evil.example",
    "mixed": "/\\evil.example",
    "script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "user part": "http://testserver@evil.example/",
    "tab": "/\t/evil.example",
    "newline": "/\n/evil.example",
    "nul": "\0//evil.example",
    "blank": " //evil.example",
    "encoded": "%2F%2Fevil.example",
    "another port": "http://testserver:81/",
    "ftp": "ftp://testserver/",
    "subdomain": "http://testserver.evil.example/",
    "ipv6": "http://[::1]/",
    "broken ipv6": "http://[::1",
    "right to left": "//\u202eevil.example",
    "full-width": "／／evil.example",
    "header": "/\r\nSet-Cookie: a=b",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_after_sign_in_one_stays_in_the_house(cast: Cast, name: str) -> None:
    account = Account.objects.get(person=cast.teacher)
    account.set_password(SECRET)
    account.save()
    form = {"county": COUNTY, "user_name": "t01", "password": SECRET, "next": ELSEWHERE[name]}
    answer = Client().post("/sign-in", form)
    assert answer.status_code == 302
    location = answer.headers["Location"]
    # As browsers read it: backslashes are slashes, blanks around and tabs and newlines within are nothing.
    read = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    assert urlsplit(urljoin("http://testserver/sign-in", read)).hostname == "testserver", location
    assert not {"\r", "\n"} & set(location)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("field", ["user_name", "password", "county"])
def test_no_text_takes_anybody_in(cast: Cast, name: str, field: str) -> None:
    text = TEXTS[name].encode("utf-8", "replace").decode()
    client = Client()
    answer = client.post("/sign-in", {"county": COUNTY, "user_name": "t01", "password": "x" * 12, field: text})
    assert answer.status_code in (200, 400, 422, 429)
    assert client.get("/").status_code == 302


def test_known_and_unknown_people_get_the_same_answer(cast: Cast) -> None:
    pages = []
    for user in ("t01", "t99"):
        form = {"county": COUNTY, "user_name": user, "password": "wrong password"}
        answer = Client(REMOTE_ADDR=f"10.0.0.{len(pages) + 1}").post("/sign-in", form)
        pages.append((answer.status_code, answer.content.decode().count("note"), "t01" in answer.content.decode()))
    assert pages[0][:2] == pages[1][:2]
