"""The service through Microsoft's client, the checks' assertions, and the list of checks."""

import json
import urllib.error
import urllib.request
from datetime import datetime
from urllib.parse import urlencode, urljoin

from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User

# The usual permissions of an administrator's application. It may not change properties that a directory owns.
ADMINISTRATOR = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All"]
DIRECTORY = ["User.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"]

CHECKS = []


def check(name):
    """Registers a check under its name. The checks run in the order in which they are written."""

    def register(function):
        CHECKS.append((name, function))
        return function

    return register


class FixedToken(AccessTokenProvider):
    """Always sends the same token."""

    def __init__(self, token):
        self.token = token
        self.validator = AllowedHostsValidator(["127.0.0.1"])

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.token

    def get_allowed_hosts_validator(self):
        return self.validator


class Service:
    """A running service, and clients of it."""

    def __init__(self, url):
        self.url = url
        self.graph = f"{url}/graph/v1.0"
        self.administrator = self.application(ADMINISTRATOR)
        self.directory = self.application(DIRECTORY)

    def client(self, token):
        """Microsoft's client with this token."""
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(FixedToken(token)))
        adapter.base_url = self.graph
        return GraphServiceClient(request_adapter=adapter)

    def application(self, permissions):
        """Microsoft's client as an application with these permissions."""
        return self.client(self.token({"permissions": permissions}))

    def token(self, wanted):
        """A token of the local issuer."""
        return self.send("/_local/tokens", wanted)[1]["accessToken"]

    def send(self, path, body=None, token=None):
        """Posts to a route outside Graph, or reads it if there is no body. Returns the status and the body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def advance(self, seconds):
        """Advances the service's clock."""
        equal(self.send("/_local/clock", {"advanceSeconds": seconds})[0], 200, "advancing the clock")

    def outbox(self, to):
        """The messages to this address or number in E.164, oldest first."""
        status, messages = self.send(f"/_local/outbox?{urlencode({'to': to})}")
        equal(status, 200, "reading the outbox")
        return messages

    async def create(self, name, **properties):
        """Creates a user of this name at contoso.example."""
        return await self.administrator.users.post(User(user_principal_name=f"{name}@contoso.example", **properties))

    def user(self, user):
        """The routes of one user, for the administrator."""
        return self.administrator.users.by_user_id(user.id)

    def context(self, value, path):
        """Checks that a context, which may be relative to the requested path, leads to this service's metadata."""
        whole = urljoin(f"{self.graph}{path}", value)
        holds(whole.startswith(f"{self.graph}/$metadata#"), f"the context leads to {whole}")


def equal(actual, expected, what):
    """Fails unless the two are equal."""
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def holds(condition, otherwise):
    """Fails unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)


async def refused(call, status, code, *unsaid):
    """Awaits a call that must fail with this status and code, and without the `unsaid` values in its message."""
    try:
        answer = await call
    except ODataError as error:
        equal((error.response_status_code, error.error.code), (status, code), f"the refusal ({error.error.message})")
        holds(error.error.message, "the refusal has no message")
        for value in unsaid:
            holds(value not in error.error.message, f"the message tells {value}")
        holds(error.error.inner_error.request_id, "the refusal has no request-id")
        holds(isinstance(error.error.inner_error.date, datetime), "the refusal has no date")
        return error.error.message
    raise AssertionError(f"it was not refused, but answered {answer!r}")
