"""The addresses below `/_test/` by which the test looks into the emulator and disturbs it.

| address | does |
|---|---|
| `GET /_test/decisions` | what roles were allowed and denied |
| `GET /_test/calls` | the calls that were ordered, and the texts through End User Messaging |
| `POST /_test/faults` | replaces the list of faults |
| `POST /_test/rules/NAME` | fires a scheduled rule of EventBridge now |

A fault is `{"service", "operation", "role", "times", "status", "code", "message", "members"}`. It refuses the next
`times` requests (by default, all) to a service. `operation` and `role` (the role's name in the template) limit which;
`members` are more of the refusal. `sns` speaks XML and `ses` names no operation. A fault `{"resource", "message"}` lets
CloudFormation fail to make a resource of a template.
"""

import asyncio
import json

from decisions import DENIED, USED, role_of
from ministack import app
from ministack.core import router
from ministack.services import eventbridge
from ministack.services.cloudformation import stacks
from senders import CALLS

FAULTS = []


def decisions():
    used = [{"who": who, "action": action, "partition": partition} for who, action, partition in USED]
    return {"used": used, "denied": DENIED}


def fire(name):
    """Lets a rule fall due. Its target is invoked in the background."""
    for key, rule in eventbridge._rules._data.items():
        if rule["Name"] == name:
            eventbridge._rule_last_fired[key] = 0
            eventbridge._tick_scheduled_rules()
            return True
    return False


def answer(path, body):
    """The answer to a request of the test; None if there is no such address."""
    if path == "/_test/decisions":
        return decisions()
    if path == "/_test/calls":
        return CALLS
    if path == "/_test/faults":
        FAULTS[:] = json.loads(body)
        return FAULTS
    if path.startswith("/_test/rules/"):
        return fire(path.rpartition("/")[2]) or None
    return None


def fault_of(method, path, headers):
    """The fault that a request meets, if any."""
    if not FAULTS:
        return None
    service = router.detect_service(method, path, headers, {})
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    role = role_of(router.extract_access_key_id(headers, {})) or ""
    for fault in FAULTS:
        is_meant = fault.get("service") == service and fault.get("operation", operation) == operation
        if is_meant and f"-{fault.get('role', '')}" in f"-{role}" and fault.get("times", 1) > 0:
            if "times" in fault:
                fault["times"] -= 1
            return fault
    return None


def refusal(fault):
    """The body of a refusal and its headers, in the service's protocol."""
    code, message = fault["code"], fault.get("message", "injected")
    if fault["service"] == "sns":
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>".encode(), {"Content-Type": "text/xml"}
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": code}
    return json.dumps({"__type": code, "message": message, **fault.get("members", {})}).encode(), headers


async def reply(send, status, body, headers):
    headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read(receive):
    body = b""
    while True:
        part = await receive()
        body += part.get("body", b"")
        if not part.get("more_body"):
            return body


plain_provision = stacks._provision_resource


def provision(kind, name, *rest):
    """Makes a resource of a template, unless a fault is meant for it."""
    for fault in FAULTS:
        if fault.get("resource") == name:
            raise ValueError(fault["message"])
    return plain_provision(kind, name, *rest)


stacks._provision_resource = provision
plain = app.app


async def serve(scope, receive, send):
    """ministack's application, behind the addresses of the test and the faults."""
    if scope["type"] != "http":
        return await plain(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    if scope["path"].startswith("/_test/"):
        answered = await asyncio.to_thread(answer, scope["path"], await read(receive))
        status = 404 if answered is None else 200
        return await reply(send, status, json.dumps(answered).encode(), {"Content-Type": "application/json"})
    fault = fault_of(scope["method"], scope["path"], headers)
    if fault:
        body, more = refusal(fault)
        return await reply(send, fault.get("status", 400), body, more)
    return await plain(scope, receive, send)


app.app = serve
