"""What every client meets first: the routes, the responses to bad tokens, and cross-origin requests."""

import time

from checks import check, equal, holds
from service import ADMINISTRATOR, USERS

PAGE = "https://reset.contoso.example"


def preflight(service, origin):
    """The origin that the response to a page's preflight request allows."""
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    reply = service.send("OPTIONS", "/v1/resets", Origin=origin, **wanted).expect(204)
    return reply.headers.get("access-control-allow-origin")


@check("surface: the API describes itself, and answers paths and methods that it does not have")
def paths(service):
    described = service.send("GET", "/openapi.json").expect(200).json()
    holds(described["openapi"].startswith("3.1"), described["openapi"])
    for path in ("/nowhere", "/v1/resets/"):
        missing = service.send("GET", path).expect(404)
        equal(missing.headers["content-type"], "application/problem+json", f"the type of the response to {path}")
    refused = service.send("PUT", "/v1/resets", {}).expect(405)
    equal(refused.headers["allow"], "POST", "Allow")
    service.send("POST", "/v1/resets", Content_Type="application/json").expect(400)


@check("surface: a missing, foreign, expired or forged token is refused")
def tokens(service):
    missing = service.send("GET", "/v1/registration").expect(401)
    holds(missing.headers["www-authenticate"].startswith("Bearer"), missing.headers)
    past = int(time.time()) - 3600
    for claims in ({"aud": "other"}, {"iss": "https://other.example"}, {"iat": past, "exp": past + 600}):
        service.send("GET", USERS, token=service.token(roles=ADMINISTRATOR, **claims)).expect(401)
    signed = service.application(*ADMINISTRATOR)
    service.send("GET", USERS, token=signed[:-8] + "AAAAAAAA").expect(401)
    service.send("GET", USERS, token=service.application("AuditLog.Read.All")).expect(403)


@check("surface: without allowed origins, no page may call")
def no_origins(service):
    equal(preflight(service, PAGE), None, "the allowed origin")
