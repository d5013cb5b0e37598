"""The pages over TLS: the form's and the lists'. What every answer carries, who gets in when certificates are asked for, and a
form that another site's page sends."""
import http.client
import re
import ssl
import subprocess
import time
import urllib.parse

import rd_router
from rd_router import Router, run_cases

STAFF = rd_router.SOURCE / "tests" / "browser" / "worklist" / "staff.yaml"
router = None
processes = []


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def certificate(name, authority=None):
    """(certificate, key) of that name for 127.0.0.1, made by itself or by `authority`."""
    pem, key = router.folder / f"{name}.pem", router.folder / f"{name}.pem.key"
    by = ["-CA", authority[0], "-CAkey", authority[1]] if authority else []
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 60, "-subj",
            f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", *by, "-keyout", key, "-out", pem)
    return pem, key


def start(name, role, *more, feeds=(), teams=(), tls=""):
    """An adapter with that TLS file; its port."""
    key = f"{name}-{len(processes)}"
    router.key(key, role, feeds, teams)
    file = router.folder / f"{key}.tls"
    file.write_text(tls)
    log = router.folder / f"{key}.log"
    with log.open("wb") as out:
        processes.append(subprocess.Popen(
            [rd_router.BUILD / "adapters" / name / f"referral-{name}", "--place", router.place, "--key", router.folder / f"{key}.key",
             "--router-key", router.state / "router.pub", "--intake", router.endpoints["intake"], "--queues",
             router.endpoints["queues"], "--listen", "127.0.0.1:0", "--tls", file, *more],
            stdout=out, stderr=out, stdin=subprocess.DEVNULL))
    end = time.monotonic() + 30
    while time.monotonic() < end and processes[-1].poll() is None:
        found = re.search(r"\.open .*\bport=(\d+)", log.read_text())
        if found:
            return int(found.group(1))
        time.sleep(0.02)
    raise RuntimeError(log.read_text())


def ask(port, method, path, body=None, own=None, **headers):
    """(status, headers, text)."""
    context = ssl.create_default_context(cafile=own_authority[0])
    if own:
        context.load_cert_chain(*own)
    link = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    if body is not None:
        body = urllib.parse.urlencode(body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    link.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = link.getresponse()
    found = answer.status, answer.headers, answer.read().decode()
    link.close()
    return found


def hidden(text, name):
    return re.search(f'name="{name}" value="([^"]*)"', text).group(1)


def the_forms_answers_are_kept_by_nobody():
    port = start("form", "adapter", "--feed", "self", feeds=["self"], tls=tls_lines)
    for path in ("/", "/self", "/status"):
        status, headers, _ = ask(port, "GET", path)
        assert status == 200 and headers["Cache-Control"] == "no-store", (path, headers)
        assert headers["Strict-Transport-Security"] == "max-age=31536000", headers
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Set-Cookie"] is None, headers
    try:
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        plain.request("GET", "/")
        raise AssertionError(f"plain HTTP was answered: {plain.getresponse().status}")
    except (http.client.HTTPException, OSError):
        pass


def another_sites_form_is_refused():
    port = start("form", "adapter", "--feed", "self", feeds=["self"], tls=tls_lines)
    page = {"state": hidden(ask(port, "GET", "/self")[2], "state"), "page": "emergency", "emergency": "no", "go": "next"}
    for where, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        status, _, text = ask(port, "POST", "/self", page, Sec_Fetch_Site=where)
        assert status == expected, (where, status, text)
    assert "referral_form_foreign_total 2" in ask(port, "GET", "/metrics")[2]


def the_desks_form_asks_for_a_certificate():
    """Whoever reaches the telephone form may use it: a place closes it with certificates."""
    partners = "partners:\n  - {name: desk.example, feeds: [telephone]}\n  - {name: web.example, feeds: [self]}\n"
    port = start("form", "adapter", feeds=["self", "telephone"], tls=f"{tls_lines}authority: {own_authority[0]}\n{partners}")
    desk, web = certificate("desk.example", own_authority), certificate("web.example", own_authority)
    assert ask(port, "GET", "/telephone", own=desk)[0] == 200
    assert ask(port, "GET", "/self", own=desk)[0] == 403
    assert ask(port, "GET", "/self", own=web)[0] == 200
    for path in ("/telephone", "/telephone/hint"):
        status, _, text = ask(port, "GET", path, own=web)
        assert status == 403 and "certificate" in text, (path, status, text)
    assert ask(port, "GET", "/")[0] == 403


def a_sign_in_is_for_tls_only():
    port = start("worklist", "desk", "--staff", STAFF, teams=["*"], tls=tls_lines)
    status, headers, text = ask(port, "GET", "/sign-in")
    cookie = headers["Set-Cookie"]
    assert status == 200 and cookie.endswith("; Secure") and "HttpOnly; SameSite=Strict" in cookie, cookie
    assert headers["Strict-Transport-Security"] == "max-age=31536000", headers
    posted = {"csrf": hidden(text, "csrf"), "staff": "pat.jones", "password": "a test password"}
    status, headers, _ = ask(port, "POST", "/sign-in", posted, Cookie=cookie.split(";")[0])
    session = headers["Set-Cookie"]
    assert status == 303 and session.startswith("worklist=") and session.endswith("; Secure"), (status, session)
    status, headers, text = ask(port, "GET", "/", Cookie=session.split(";")[0])
    assert status == 200 and "Pat Jones" in text and headers["Cache-Control"] == "no-store", (status, headers)
    asking = start("worklist", "desk", "--staff", STAFF, teams=["*"], tls=f"{tls_lines}authority: {own_authority[0]}\n")
    assert ask(asking, "GET", "/sign-in")[0] == 403
    assert ask(asking, "GET", "/sign-in", own=certificate("tablet.example", own_authority))[0] == 200


if __name__ == "__main__":
    try:
        with Router() as router:
            own_authority = certificate("door.example")
            tls_lines = "certificate: {}\nkey: {}\n".format(*own_authority)
            run_cases(the_forms_answers_are_kept_by_nobody, another_sites_form_is_refused, the_desks_form_asks_for_a_certificate,
                      a_sign_in_is_for_tls_only)
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)
