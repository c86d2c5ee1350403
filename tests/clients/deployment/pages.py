"""The pages, from the same address as the API."""

import re

from checks import check, equal, holds
from stack import ROOT

BUILT = ROOT / "functions" / "pages" / "built"
PAGES = {"/": "reset", "/reset": "reset", "/password": "password", "/security-info": "security-info", "/admin": "admin"}
ASSET = re.compile(r'"/assets/([^"]+)"')


@check("pages: each is served in the language that is asked for, and may load nothing from elsewhere")
def served(service):
    for path in PAGES:
        page = service.send("GET", path, Accept_Language="de-AT,fr;q=0.5").expect(200)
        equal(page.headers["content-type"], "text/html; charset=utf-8", f"the type of {path}")
        equal(page.headers["cache-control"], "no-cache", f"how long {path} is kept")
        policy = page.headers["content-security-policy"]
        holds("default-src 'none'" in policy and "trusted-types 'none'" in policy, policy)
        holds("unsafe" not in policy and "*" not in policy, policy)
        holds('lang="de"' in page.body.decode(), f"{path} is not in German")


@check("pages: what they load is kept for a year, compressed, and byte for byte what was built")
def assets(service):
    for path in PAGES:
        for name in set(ASSET.findall(service.send("GET", path).expect(200).body.decode())):
            plain = service.send("GET", f"/assets/{name}", Accept_Encoding="identity").expect(200)
            holds("immutable" in plain.headers["cache-control"], f"{name}: {plain.headers['cache-control']}")
            if not (BUILT / name).exists():
                # The function makes the stylesheet with the deployment's colour.
                holds("--brand" in plain.body.decode(), name)
                continue
            equal(plain.body, (BUILT / name).read_bytes(), name)
            packed = service.send("GET", f"/assets/{name}", Accept_Encoding="gzip, br").expect(200)
            equal(packed.headers["content-encoding"], "br", f"the coding of {name}")
            equal(packed.body, (BUILT / f"{name}.br").read_bytes(), f"{name}, compressed")
    service.send("GET", "/assets/nothing.js").expect(404)


@check("pages: password managers find the page that changes a password, and nobody writes to a page")
def well_known(service):
    found = service.send("GET", "/.well-known/change-password").expect(302)
    equal(found.headers["location"], "/password", "the page")
    equal(service.send("POST", "/reset", {}).expect(405).headers["allow"], "GET, HEAD", "Allow")
