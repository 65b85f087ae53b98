"""The cookies of a session: two of them, safe by default, with a stand-in for foreign pages."""

from __future__ import annotations

import json

from tests.client import PASSWORD, Answer, Sandbox


def login(sandbox: Sandbox, **headers: str) -> Answer:
    user = sandbox.user()
    answer = sandbox.guest.as_(**headers).post("/account/sessions/email", email=user.email, password=PASSWORD)
    answer.ok(201)
    return answer


def cookies(answer: Answer) -> dict[str, list[str]]:
    """Name to attributes, the value first."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        first, *rest = line.split("; ")
        name, _, value = first.partition("=")
        found[name] = [value, *rest]
    return found


def test_a_pair(sandbox: Sandbox) -> None:
    jar = cookies(login(sandbox, Host="api.example.com"))
    name = f"a_session_{sandbox.id}"
    assert set(jar) == {name, name + "_legacy"}
    assert jar[name][0] == jar[name + "_legacy"][0]
    assert "SameSite=None" in jar[name]
    assert not any(part.startswith("SameSite") for part in jar[name + "_legacy"])
    for attributes in jar.values():
        assert {"HttpOnly", "path=/", "domain=.api.example.com"} <= set(attributes)
        assert "secure" not in attributes
        assert any(part.startswith("expires=") for part in attributes)


def test_either_cookie_signs_in(sandbox: Sandbox) -> None:
    for name, (value, *_) in cookies(login(sandbox)).items():
        sandbox.guest.as_(Cookie=f"{name}={value}").get("/account").ok()


def test_secure_on_https(sandbox: Sandbox) -> None:
    for attributes in cookies(login(sandbox, X_Forwarded_Proto="https")).values():
        assert "secure" in attributes


def test_no_domain_for_addresses_and_localhost(sandbox: Sandbox) -> None:
    for host in ("localhost:8080", "127.0.0.1", "[::1]:8080", "intranet"):
        for attributes in cookies(login(sandbox, Host=host)).values():
            assert not any(part.startswith("domain=") for part in attributes), host


def test_name_is_lower_case(sandbox: Sandbox) -> None:
    assert all(name == name.lower() for name in cookies(login(sandbox)))


def test_foreign_pages_get_a_stand_in(sandbox: Sandbox) -> None:
    answer = login(sandbox, Origin="http://localhost:3000", Host="api.example.com")
    fallback = json.loads(answer.headers["x-fallback-cookies"])
    assert fallback == {f"a_session_{sandbox.id}": cookies(answer)[f"a_session_{sandbox.id}"][0]}
    signed_in = sandbox.guest.as_(X_Fallback_Cookies=json.dumps(fallback), Origin="http://localhost:3000")
    signed_in.get("/account").ok()
    gone = signed_in.delete("/account/sessions/current")
    assert (gone.status, gone.headers["x-fallback-cookies"]) == (204, "{}")


def test_own_pages_and_servers_get_none(sandbox: Sandbox) -> None:
    sandbox.guest.sql("INSERT INTO platforms (project_id, id, type, hostname) VALUES ($1, 'w', 'web', '*')", sandbox.id)
    sandbox.guest.sql("UPDATE projects SET version = version + 1 WHERE id = $1", sandbox.id)
    assert "x-fallback-cookies" not in login(sandbox).headers
    same_site = login(sandbox, Origin="https://app.example.co.uk", Host="api.example.co.uk")
    assert "x-fallback-cookies" not in same_site.headers
    other_site = login(sandbox, Origin="https://other.co.uk", Host="example.co.uk")
    assert "x-fallback-cookies" in other_site.headers
