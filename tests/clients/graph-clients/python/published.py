"""The requests that Microsoft's pages on Graph publish as samples, sent as plain HTTP.

A sample here has the facts of its page: the method, the path in the page's letter case, the members of the body, the
status, and the members of the response. The people and most values are this project's own.
"""

from dataclasses import dataclass, field
from datetime import datetime
from time import sleep

import httpx

from methods import ALTERNATE, EMAIL, MOBILE, OFFICE, PASSWORD
from service import check, equal, holds

PERMISSIONS = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All"]

# The longest time until the record of a reset is written, in tenths of a second.
WRITTEN_TENTHS = 100

METHODS = "/users/{kim}/authentication"
BY_NAME = "/users/kim@published.example/authentication"
DETAILS = "/reports/authenticationMethods/userRegistrationDetails"
AUDITS = "/auditLogs/directoryAudits"

# Those who exist when a request is sent. Each is named in paths as {adele} and so on, by id.
PEOPLE = {
    "adele": {
        "userPrincipalName": "Adele@published.example",
        "displayName": "Adele Wavering",
        "givenName": "Adele",
        "surname": "Wavering",
        "accountEnabled": True,
        "mailNickname": "adele",
        "businessPhones": ["+1 425 555 0109"],
        "mobilePhone": "+1 425 555 0109",
        "jobTitle": "Retail Manager",
        "mail": "Adele@published.example",
        "officeLocation": "18/2111",
        "preferredLanguage": "en-US",
        "postalCode": "98004",
    },
    "kim": {
        "userPrincipalName": "kim@published.example",
        "displayName": "Kim Published",
        "givenName": "Jordan",
        "passwordProfile": {"forceChangePasswordNextSignIn": False, "password": "xylophone]5 and more"},
    },
    "admin": {"userPrincipalName": "admin@published.example", "displayName": "Admin Published", "givenName": "Mod"},
}
# Kim's methods, in the order in which they must be made.
KIMS = {
    MOBILE: {"phoneNumber": "+1 2065555555", "phoneType": "mobile"},
    ALTERNATE: {"phoneNumber": "+1 2065555556", "phoneType": "alternateMobile"},
    OFFICE: {"phoneNumber": "+1 2065555557", "phoneType": "office"},
    EMAIL: {"emailAddress": "kim@example.org"},
}
# What is compared in the place of a member that is not there.
ABSENT = object()


def text(value):
    """A string that is not empty."""
    return isinstance(value, str) and value != ""


def text_or_null(value):
    """A string or null."""
    return value is None or isinstance(value, str)


def flag(value):
    """A boolean."""
    return isinstance(value, bool)


def many(value):
    """An array."""
    return isinstance(value, list)


def time(value):
    """A moment in UTC."""
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value) is not None


def context(value):
    """Metadata of users, of which the service may say more."""
    return isinstance(value, str) and "/graph/v1.0/$metadata#users" in value


def ends(end):
    """A string with this end."""
    return lambda value: isinstance(value, str) and value.endswith(end)


def absent(value):
    """A member that must not be there."""
    return value is ABSENT


class Among:
    """An array that has all these items, and maybe others. All its items must meet the condition."""

    def __init__(self, *items, every=None):
        self.items = items
        self.every = every


@dataclass
class Sample:
    """A published request and what it must return and do."""

    name: str
    request: str
    status: int
    answer: dict | None = None
    body: dict | None = None
    headers: dict = field(default_factory=dict)
    # Kim's methods when it is sent.
    methods: tuple = tuple(KIMS)
    # What must be read after it: pairs of a path and a response. A number is only a status.
    then: tuple = ()
    # A name, a password that it has after the request, and whether the password must be changed.
    signs_in: tuple | None = None
    # A reset is begun for Kim before it is sent.
    reset: bool = False


# What a page says of a user without $select.
DEFAULT = {
    "id": text,
    "businessPhones": ["+1 4255550109"],
    "displayName": "Adele Wavering",
    "givenName": "Adele",
    "jobTitle": "Retail Manager",
    "mail": "Adele@published.example",
    "mobilePhone": "+1 4255550109",
    "officeLocation": "18/2111",
    "preferredLanguage": "en-US",
    "surname": "Wavering",
    "userPrincipalName": "Adele@published.example",
}
PHONES = [{"id": id, "smsSignInState": text, **KIMS[id]} for id in (MOBILE, ALTERNATE, OFFICE)]
ADDRESS = {"id": EMAIL, **KIMS[EMAIL]}
ROW = {
    "id": "{kim}",
    "userPrincipalName": "kim@published.example",
    "userDisplayName": "Kim Published",
    "isAdmin": False,
    "isSsprRegistered": True,
    "isSsprEnabled": True,
    "isSsprCapable": True,
    "isMfaRegistered": flag,
    "isMfaCapable": flag,
    "isPasswordlessCapable": flag,
    "lastUpdatedDateTime": time,
    "methodsRegistered": ["mobilePhone", "alternateMobilePhone", "officePhone", "email"],
    "isSystemPreferredAuthenticationMethodEnabled": flag,
    "systemPreferredAuthenticationMethods": many,
    "userPreferredMethodForSecondaryAuthentication": text,
    "userType": "member",
}
BEGUN = {
    "id": text,
    "category": "UserManagement",
    "correlationId": text,
    "result": "success",
    "resultReason": "User submitted their user ID",
    "activityDisplayName": text,
    "activityDateTime": time,
    "loggedByService": "Self-service Password Management",
    "operationType": text,
    "initiatedBy": {
        "user": {
            "id": "{kim}",
            "displayName": text_or_null,
            "userPrincipalName": "kim@published.example",
            "ipAddress": text_or_null,
        },
        "app": None,
    },
    "targetResources": [
        {
            "id": "{kim}",
            "displayName": text_or_null,
            "type": "User",
            "userPrincipalName": "kim@published.example",
            "groupType": None,
            "modifiedProperties": [],
        }
    ],
    "additionalDetails": many,
}
CREATED = {
    "id": text,
    "category": "UserManagement",
    "result": "success",
    "activityDisplayName": "Add user",
    "loggedByService": "Core Directory",
    "operationType": "Add",
    "initiatedBy": {"user": None, "app": {"appId": text_or_null, "displayName": text_or_null}},
    "targetResources": [{"id": "{adele}", "type": "User", "modifiedProperties": many}],
}
J = {"value": Among({"givenName": "Jordan"}, every=lambda user: user["givenName"].upper().startswith("J"))}

SAMPLES = [
    Sample(
        "a user is created",
        "POST /users",
        201,
        body={
            "accountEnabled": True,
            "displayName": "Megan Created",
            "mailNickname": "megan",
            "userPrincipalName": "Megan@published.example",
            "passwordProfile": {"forceChangePasswordNextSignIn": True, "password": "xylophone]6 and more"},
        },
        answer={
            "@odata.context": ends("/graph/v1.0/$metadata#users/$entity"),
            "id": text,
            "businessPhones": [],
            "displayName": "Megan Created",
            "givenName": None,
            "jobTitle": None,
            "mail": None,
            "mobilePhone": None,
            "officeLocation": None,
            "preferredLanguage": None,
            "surname": None,
            "userPrincipalName": "Megan@published.example",
            "passwordProfile": absent,
        },
        signs_in=("Megan@published.example", "xylophone]6 and more", True),
    ),
    Sample(
        "a user's phone and office are updated",
        "PATCH /users/{adele}",
        204,
        body={"businessPhones": ["+1 425 555 0110"], "officeLocation": "18/2112"},
        then=(("/users/{adele}", DEFAULT | {"businessPhones": ["+1 4255550110"], "officeLocation": "18/2112"}),),
    ),
    Sample(
        "a user's city is updated, and the account stays enabled",
        "PATCH /users/{adele}",
        204,
        body={"accountEnabled": True, "businessPhones": ["+1 425 555 0110"], "city": "Redmond"},
        then=(
            (
                "/users/{adele}?$select=accountEnabled,businessPhones,city,officeLocation",
                {
                    "accountEnabled": True,
                    "businessPhones": ["+1 4255550110"],
                    "city": "Redmond",
                    "officeLocation": "18/2111",
                },
            ),
        ),
    ),
    Sample(
        "a user's passwordProfile is updated",
        "PATCH /users/{adele}",
        204,
        body={"passwordProfile": {"forceChangePasswordNextSignIn": False, "password": "xylophone]7 and more"}},
        signs_in=("Adele@published.example", "xylophone]7 and more", False),
    ),
    Sample("a user is read by id", "GET /users/{adele}", 200, answer=DEFAULT),
    Sample("a user is read by userPrincipalName", "GET /users/Adele@published.example", 200, answer=DEFAULT),
    Sample(
        "a user's selected properties are read",
        "GET /users/{adele}?$select=displayName,givenName,postalCode",
        200,
        answer={
            "@odata.context": context,
            "displayName": "Adele Wavering",
            "givenName": "Adele",
            "postalCode": "98004",
            "id": absent,
            "surname": absent,
        },
    ),
    Sample(
        "all users are listed",
        "GET /users",
        200,
        answer={"@odata.context": ends("/graph/v1.0/$metadata#users"), "value": Among(DEFAULT)},
    ),
    Sample(
        "users are listed with two properties",
        "GET /users?$select=givenName,surname",
        200,
        answer={
            "@odata.context": context,
            "value": Among(
                {"givenName": "Adele", "surname": "Wavering"},
                every=lambda user: {name for name in user if not name.startswith("@")} == {"givenName", "surname"},
            ),
        },
    ),
    Sample(
        "two users are listed, and the way to the others",
        "GET /users?$top=2",
        200,
        answer={"value": lambda users: len(users) == 2, "@odata.nextLink": text},
    ),
    Sample("users are found by givenName", "GET /users?$filter=startswith(givenName, 'J')", 200, J),
    Sample(
        "users are found by givenName, a plus sign for the space",
        "GET /users?$filter=startswith(givenName%2C+'J')",
        200,
        J,
    ),
    Sample(
        "users are found by givenName, all signs encoded",
        "GET /users?$filter=startswith%28givenName%2C%20%27J%27%29",
        200,
        J,
    ),
    Sample(
        "users are found by userPrincipalName",
        "GET /users?$filter=startswith(userPrincipalName, 'admin')",
        200,
        answer={
            "value": Among({"id": "{admin}"}, every=lambda user: user["userPrincipalName"].lower().startswith("admin")),
        },
    ),
    Sample(
        "users are searched by displayName",
        'GET /users?$search="displayName:wa"',
        200,
        headers={"ConsistencyLevel": "eventual"},
        answer={
            "@odata.context": context,
            "value": Among(
                {"displayName": "Adele Wavering", "givenName": "Adele", "userPrincipalName": "Adele@published.example"},
                every=lambda user: " wa" in f" {user['displayName']}".lower(),
            ),
        },
    ),
    Sample(
        "a user is deleted",
        "DELETE /users/{adele}",
        204,
        then=(("/users/{adele}", 404), ("/users/Adele@published.example", 404)),
    ),
    Sample("phone methods are listed", f"GET {METHODS}/phoneMethods", 200, answer={"value": PHONES}),
    Sample("a phone method is read", f"GET {METHODS}/phoneMethods/{MOBILE}", 200, answer=PHONES[0]),
    Sample(
        "a phone method is added",
        f"POST {METHODS}/phoneMethods",
        201,
        body={"phoneNumber": "+1 2065555555", "phoneType": "mobile"},
        answer=PHONES[0],
        methods=(),
        then=((f"{METHODS}/phoneMethods", {"value": PHONES[:1]}),),
    ),
    Sample(
        "a phone method is updated",
        f"PATCH {BY_NAME}/phoneMethods/{MOBILE}",
        204,
        body={"phoneNumber": "+1 2065555554", "phoneType": "mobile"},
        then=(
            (
                f"{METHODS}/phoneMethods",
                {"value": [PHONES[0] | {"phoneNumber": "+1 2065555554"}, *PHONES[1:]]},
            ),
        ),
    ),
    Sample(
        "a phone method is deleted",
        f"DELETE {METHODS}/phoneMethods/{MOBILE}",
        204,
        methods=(MOBILE, OFFICE),
        then=((f"{METHODS}/phoneMethods", {"value": PHONES[2:]}), (f"{METHODS}/phoneMethods/{MOBILE}", 404)),
    ),
    Sample("email methods are listed", f"GET {METHODS}/emailMethods", 200, answer={"value": [ADDRESS]}),
    Sample("an email method is read", f"GET {METHODS}/emailMethods/{EMAIL}", 200, answer=ADDRESS),
    Sample(
        "an email method is added, and may be the person's own address",
        f"POST {BY_NAME}/emailMethods",
        201,
        body={"emailAddress": "kim@published.example"},
        answer={"id": EMAIL, "emailAddress": "kim@published.example"},
        methods=(),
        then=((f"{METHODS}/emailMethods", {"value": [{"id": EMAIL, "emailAddress": "kim@published.example"}]}),),
    ),
    Sample(
        "an email method is updated",
        f"PATCH {BY_NAME}/emailMethods/{EMAIL}",
        204,
        body={"emailAddress": "kim@published.example"},
        then=((f"{METHODS}/emailMethods", {"value": [{"id": EMAIL, "emailAddress": "kim@published.example"}]}),),
    ),
    Sample(
        "an email method is deleted",
        f"DELETE {METHODS}/emailMethods/{EMAIL}",
        204,
        then=((f"{METHODS}/emailMethods", {"value": []}), (f"{METHODS}/emailMethods/{EMAIL}", 404)),
    ),
    Sample(
        "all methods are listed with their types",
        f"GET {METHODS}/methods",
        200,
        answer={
            "value": [
                *({"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", **phone} for phone in PHONES),
                {"@odata.type": "#microsoft.graph.emailAuthenticationMethod", **ADDRESS},
                {"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD, "password": None},
            ],
        },
    ),
    Sample(
        "a password is reset to the one in the request",
        f"POST {METHODS}/methods/{PASSWORD}/resetPassword",
        202,
        body={"newPassword": "xylophone]8 and more"},
        answer={"newPassword": absent},
        signs_in=("kim@published.example", "xylophone]8 and more", True),
    ),
    Sample(
        "a password is reset to one that is drawn",
        f"POST {METHODS}/methods/{PASSWORD}/resetPassword",
        202,
        answer={
            "@odata.context": ends("/graph/v1.0/$metadata#microsoft.graph.passwordResetResponse"),
            "newPassword": text,
        },
    ),
    Sample(
        "sessions are revoked",
        "POST /users/{kim}/revokeSignInSessions",
        200,
        answer={"@odata.context": ends("/graph/v1.0/$metadata#Edm.Boolean"), "value": True},
    ),
    Sample(
        "registration details are listed",
        f"GET {DETAILS}",
        200,
        answer={"@odata.context": ends(f"/graph/v1.0/$metadata#{DETAILS[1:]}"), "value": Among(ROW)},
    ),
    Sample("one user's registration details are read", f"GET {DETAILS}/{{kim}}", 200, answer=ROW),
    Sample(
        "audit records are listed",
        f"GET {AUDITS}",
        200,
        answer={"@odata.context": ends(f"/graph/v1.0/$metadata#{AUDITS[1:]}"), "value": Among(BEGUN, CREATED)},
        reset=True,
    ),
    Sample(
        "audit records are listed, the path in small letters",
        "GET /auditLogs/directoryaudits",
        200,
        answer={"value": Among(CREATED)},
    ),
    Sample(
        "audit records are found by who initiated them",
        f"GET {AUDITS}?$filter=initiatedBy/user/id eq '{{kim}}'",
        200,
        answer={"value": Among(BEGUN, every=lambda record: record["initiatedBy"]["user"] is not None)},
        reset=True,
    ),
    Sample("one audit record is read", f"GET {AUDITS}/{{begun}}", 200, answer=BEGUN, reset=True),
]

# Published queries beyond what the service promises. It must refuse them, because it would otherwise show the wrong
# people.
REFUSED = [
    "$orderby=displayName",
    "$filter=startswith(displayName,'a')&$orderby=displayName&$count=true&$top=1",
    "$filter=endswith(mail,'a@contoso.com')&$orderby=userPrincipalName&$count=true",
    '$search="displayName:wa"&$orderby=displayName&$count=true',
    '$search="displayName:wa" OR "displayName:ad"',
    "$filter=startswith(displayName,'mary') or startswith(givenName,'mary')",
    "$filter=department in ('Retail', 'Sales')",
    "$filter=mail in ('mail1@domain.com', 'mail2@domain.com')",
    "$filter=companyName ne null",
    "$filter=not(startswith(mail, 'A'))",
    "$filter=imAddresses/any(i:i eq 'admin@contoso.com')",
    "$filter=businessPhones/any(p:startswith(p, '44'))",
    "$select=displayName,userPrincipalName,signInActivity",
]


class Http:
    """Plain HTTP to the Graph routes, and the ids that paths may name."""

    def __init__(self, service):
        token = service.token({"permissions": PERMISSIONS})
        self.client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30)
        self.service = service
        self.ids = {}

    def named(self, value):
        """The value with ids in the place of names."""
        for name, id in self.ids.items():
            value = value.replace("{" + name + "}", id)
        return value

    def send(self, method, path, body=None, headers=None):
        """Sends a request. Returns its response."""
        return self.client.request(method, self.service.graph + self.named(path), json=body, headers=headers)

    def read(self, response):
        """The body of a response. The following pages of a list belong to it, unless the request limited the page."""
        body = response.json()
        if "$top" in str(response.url):
            return body
        page = body
        while page.get("@odata.nextLink"):
            page = self.client.get(page["@odata.nextLink"]).json()
            body["value"] += page["value"]
        return body

    def prepare(self, sample):
        """Makes all people anew, as the sample needs them."""
        for name in [*PEOPLE, "megan"]:
            self.send("DELETE", f"/users/{name}@published.example")
        for name, properties in PEOPLE.items():
            response = self.send("POST", "/users", properties)
            equal(response.status_code, 201, f"creating {name} ({response.text})")
            self.ids[name] = response.json()["id"]
        for id in sample.methods:
            kind = "emailMethods" if id == EMAIL else "phoneMethods"
            response = self.send("POST", f"{METHODS}/{kind}", KIMS[id])
            equal(response.status_code, 201, f"preparing a method ({response.text})")
        if sample.reset:
            reset = {"userName": "kim@published.example", "method": "email"}
            equal(self.service.send("/v1/resets", reset)[0], 202, "beginning a reset")
            self.ids["begun"] = self.begun()

    def begun(self):
        """The id of the audit record of Kim's reset, which is written soon after it is begun."""
        path = f"{AUDITS}?$filter=targetResources/any(t:t/id eq '{{kim}}')"
        for _ in range(WRITTEN_TENTHS):
            for record in self.send("GET", path).json()["value"]:
                if record["resultReason"] == BEGUN["resultReason"]:
                    return record["id"]
            sleep(0.1)
        raise AssertionError("there is no record of the reset")

    def matches(self, actual, expected, what):
        """Fails unless a value is as expected. An object may have members that are not expected."""
        if callable(expected):
            holds(expected(actual), f"{what}: {actual!r} is not: {expected.__doc__ or 'as it must be'}")
        elif isinstance(expected, dict):
            holds(isinstance(actual, dict), f"{what}: {actual!r} is no object")
            for name, value in expected.items():
                holds(value is absent or name in actual, f"{what}: there is no {name}, only {sorted(actual)}")
                self.matches(actual.get(name, ABSENT), value, f"{what}: {name}")
        elif isinstance(expected, list):
            equal(len(actual), len(expected), f"{what}: the number of items")
            for number, (one, value) in enumerate(zip(actual, expected)):
                self.matches(one, value, f"{what}: {number}")
        elif isinstance(expected, Among):
            for value in expected.items:
                self.matches_one(actual, value, what)
            for one in actual if expected.every else []:
                holds(expected.every(one), f"{what}: {one!r} must not be there")
        else:
            equal(actual, self.named(expected) if isinstance(expected, str) else expected, what)

    def matches_one(self, items, expected, what):
        """Fails unless one of the items is as expected. Says why the last one is not."""
        failure = AssertionError(f"{what}: there are no items")
        for item in items:
            try:
                return self.matches(item, expected, what)
            except AssertionError as error:
                failure = error
        raise AssertionError(f"none of {len(items)} items is as expected, such as the last: {failure}")


def replay(sample):
    """The check of one sample."""

    async def run(service):
        http = Http(service)
        with http.client:
            http.prepare(sample)
            method, path = sample.request.split(" ", 1)
            response = http.send(method, path, sample.body, sample.headers)
            equal(response.status_code, sample.status, f"the status ({response.text[:300]})")
            if sample.answer is None:
                equal(response.content, b"", "the body")
            else:
                equal(response.headers["content-type"].split(";")[0], "application/json", "the type")
                http.matches(http.read(response), sample.answer, "the response")
            for path, expected in sample.then:
                response = http.send("GET", path)
                if isinstance(expected, int):
                    equal(response.status_code, expected, f"the status of {path} then")
                else:
                    equal(response.status_code, 200, f"the status of {path} then ({response.text[:300]})")
                    http.matches(http.read(response), expected, f"{path} then")
            if sample.signs_in:
                name, password, change_required = sample.signs_in
                token = service.token({"permissions": ["Credentials.Check"]})
                body = {"userName": name, "password": password}
                status, answer = service.send("/v1/credentials/verifications", body, token)
                equal((status, answer.get("passwordChangeRequired")), (200, change_required), "signing in then")

    return run


for sample in SAMPLES:
    check(f"published: {sample.name}")(replay(sample))


@check("published: queries beyond what the service promises are refused, not ignored")
async def refuse(service):
    http = Http(service)
    with http.client:
        for query in REFUSED:
            response = http.send("GET", f"/users?{query}", headers={"ConsistencyLevel": "eventual"})
            equal(response.status_code, 400, f"the status of {query}")
            equal(response.json()["error"]["code"], "Request_UnsupportedQuery", query)
