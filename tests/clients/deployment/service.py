"""The deployed service: its API, tokens, messages, and its table."""

import http.client
import json
import re
import urllib.request
from contextlib import contextmanager
from urllib.parse import quote, urlparse

import boto3
import issuer
from boto3.dynamodb.conditions import Key
from checks import equal, eventually, holds

OLD = "tulips over the old harbour"
NEW = "walrus plays the accordion"
# The usual permissions of an administrator's application.
ADMINISTRATOR = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
USERS = "/graph/v1.0/users"
POLICY = "/graph/v1.0/policies/passwordReset"
# Longer than any request may take, in seconds.
TIMEOUT = 40


class Reply:
    def __init__(self, request, response):
        self.request, self.status, self.body = request, response.status, response.read()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def json(self):
        return json.loads(self.body)

    def expect(self, status, code=None):
        """Fails unless the status, and the code of the problem if one is given, are these. Returns the reply."""
        if self.status != status or (code and self.json().get("code") != code):
            raise AssertionError(f"{self.request}: {self.status} {self.body[:400]!r} instead of {status} {code or ''}")
        return self


class Service:
    """The API of a stack, and what the emulator shows of messages and decisions."""

    def __init__(self, stack, emulator, issuer_url, folder):
        self.stack, self.emulator, self.issuer, self.folder = stack, emulator, issuer_url, folder
        # The host that requests name. It is known once the stack is deployed.
        self.host = None
        # Whether the slow checks run too.
        self.slow = False

    @property
    def administrator(self):
        """A token of the usual administrator's application."""
        return self.application(*ADMINISTRATOR)

    def application(self, *permissions):
        """A token of an application with these permissions."""
        return self.token(azp="application", roles=list(permissions))

    def person(self, name, **claims):
        """A token of a person who has just signed in."""
        return self.token(preferred_username=name, **claims)

    def token(self, **claims):
        return issuer.token(self.folder, **{"iss": self.issuer, **claims})

    def send(self, method, target, body=None, token=None, key=None, **headers):
        """Sends a request to the API, with an idempotency key if one is given."""
        connection = http.client.HTTPConnection(urlparse(self.emulator).netloc, timeout=TIMEOUT)
        headers = {"Host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = f"deployment-{key}-0123456789"
        if body is not None:
            headers["Content-Type"], body = "application/json", json.dumps(body)
        connection.request(method, quote(target, safe="/?&=$@%+"), body, headers)
        reply = Reply(f"{method} {target}", connection.getresponse())
        connection.close()
        return reply

    def inspect(self, path, body=None):
        """Reads one of the emulator's own addresses, or posts to it."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.emulator + path, data) as answer:
            return json.load(answer)

    @contextmanager
    def broken(self, *faults):
        """Lets the emulator inject these faults meanwhile."""
        self.inspect("/_test/faults", list(faults))
        try:
            yield
        finally:
            self.inspect("/_test/faults", [])

    # ------------------------------------------------------------------ messages

    def mails(self, to):
        sent = self.inspect("/_ministack/ses/messages")["messages"].values()
        found = [mail for of_account in sent for mail in of_account if to in mail["To"]]
        return [f"{mail['Subject']}\n{mail['BodyText']}" for mail in found]

    def texts(self, to):
        return [text["Message"] for text in self.inspect("/_ministack/sns/sms-messages")["sms_messages"].get(to, [])]

    def calls(self, to):
        made = [call for call in self.inspect("/_test/calls") if call["DestinationPhoneNumber"] == to]
        return [re.sub("<[^>]+>", " ", call["MessageBody"]) for call in made]

    def box(self, to):
        """All messages to an address, or texts and calls to a number, which may be written with a space."""
        return self.mails(to) if "@" in to else self.texts(to.replace(" ", "")) + self.calls(to.replace(" ", ""))

    def message(self, to, reference):
        """Waits for the message with this reference."""
        # A call spells it: "The reference is: K, T."
        letters = r"\W*".join(reference)
        spelled = rf"[Rr]ef(?:erence)?\W+(?:is\W+)?{letters}\b"

        def found():
            return [message for message in self.box(to) if re.search(spelled, message)]

        return eventually(found, f"no message with reference {reference} came to {to}: {self.box(to)}")[-1]

    def code(self, to, reference):
        """Waits for a message with a code, and returns its digits."""
        message = self.message(to, reference)
        found = re.search(r"\d(?:[\s,.]*\d){7}(?!\d)", message)
        holds(found, f"no code in {message!r}")
        return re.sub(r"\D", "", found[0])

    # --------------------------------------------------------------------- steps

    def create(self, name, **properties):
        """Creates a person with a password. Returns the id."""
        user = {"userPrincipalName": name, "passwordProfile": {"password": OLD}, **properties}
        return self.send("POST", USERS, user, self.administrator).expect(201).json()["id"]

    def id(self, name):
        return self.send("GET", f"{USERS}/{name}", token=self.administrator).expect(200).json()["id"]

    def change(self, person, **properties):
        return self.send("PATCH", f"{USERS}/{person}", properties, self.administrator)

    def begin(self, name, method, to, **more):
        """Begins a reset. Returns its id and the code that was sent."""
        proof = {} if "@" in to else {"phoneNumber": to}
        body = {"userName": name, "method": method, **proof, **more}
        begun = self.send("POST", "/v1/resets", body).expect(202).json()
        return begun["resetId"], self.code(to, begun["reference"])

    def order(self, reset, method, to, **more):
        """Orders another code of a reset, as if half a minute had passed since the last one, and returns it."""
        self.age(reset)
        proof = {} if "@" in to else {"phoneNumber": to}
        body = {"method": method, **proof, **more}
        return self.code(to, self.send("POST", f"/v1/resets/{reset}/codes", body).expect(202).json()["reference"])

    def verify(self, reset, code, key=None, **more):
        body = {"code": code, **more} if code else more
        return self.send("POST", f"/v1/resets/{reset}/verifications", body, key=key)

    def complete(self, reset, token, password, key=None):
        body = {"resetToken": token, "newPassword": password}
        return self.send("POST", f"/v1/resets/{reset}/password", body, key=key)

    def signs_in(self, name, password):
        """Whether a password is right."""
        body = {"userName": name, "password": password}
        status = self.send("POST", "/v1/credentials/verifications", body, self.application("Credentials.Check")).status
        holds(status in (200, 422), f"checking a password: {status}")
        return status == 200

    def challenge(self, name, kind, value, key=None):
        """Requests a code for a contact of a person's own."""
        body = {"type": kind, "value": value}
        return self.send("POST", "/v1/registration/challenges", body, self.person(name), key)

    def prove(self, name, challenge, code, key=None):
        path = f"/v1/registration/challenges/{challenge}/verifications"
        return self.send("POST", path, {"code": code}, self.person(name), key)

    def register(self, name, kind, value):
        """Registers a contact with the code that is sent to it."""
        begun = self.challenge(name, kind, value).expect(202).json()
        self.prove(name, begun["challengeId"], self.code(value, begun["reference"])).expect(200)

    # --------------------------------------------------------------------- table

    @property
    def table(self):
        return boto3.resource("dynamodb").Table(self.stack.outputs()["TableName"])

    def tamper(self, partition, sort, update, **values):
        """Changes an item behind the service's back, as a fault or another instance would."""
        values = {f":{name}": value for name, value in values.items()}
        more = {"ExpressionAttributeValues": values} if values else {}
        self.table.update_item(Key={"pk": partition, "sk": sort}, UpdateExpression=update, **more)


    def age(self, reset):
        """Makes the last order of a reset older than half a minute, because another one may not come earlier."""
        self.tamper(f"RESET#{reset}", "RESET", "SET issued.ordered_at = issued.ordered_at - :age", age=31_000)

    @contextmanager
    def revoked_ahead(self, account):
        """Meanwhile, another instance whose clock is ahead has already revoked everything of an account up to 2100."""
        row = f"OWNER#account.{account}", "RING"
        self.tamper(*row, "SET revoked_before = :later", later=4102444800000)
        try:
            yield
        finally:
            self.tamper(*row, "REMOVE revoked_before")

    def age_registration(self, account, days):
        """Makes a person's registered methods older, and the person's place among those who have to confirm theirs."""
        age = days * 24 * 60 * 60 * 1000
        row = self.table.get_item(Key={"pk": f"ACCOUNT#{account}", "sk": "ACCOUNT"})["Item"]
        contacts = [contact for of_slot in row["contacts"].values() for contact in of_slot]
        for part in [row, *contacts]:
            part |= {name: part[name] - age for name in ("confirmed_at", "set_at", "verified_at") if name in part}
        self.table.put_item(Item=row)
        listed = self.table.query(KeyConditionExpression=Key("pk").eq("UNCONFIRMED"))["Items"]
        [entry] = [entry for entry in listed if entry["sk"].endswith(f"#{account}")]
        self.table.delete_item(Key={"pk": entry["pk"], "sk": entry["sk"]})
        since = int(entry["sk"].partition("#")[0]) - age
        self.table.put_item(Item={**entry, "sk": f"{since}#{account}"})


def wrong(code):
    """Another code of the same length."""
    return "".join("1" if digit == "0" else "0" for digit in code)


def repeated(send, status):
    """Sends the same request twice. Both replies must be the same. Returns the first."""
    first, second = send().expect(status), send().expect(status)
    equal(second.body, first.body, "the reply to the repeated request")
    return first
