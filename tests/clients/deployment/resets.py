"""Resets of passwords, by every method."""

import re

from administration import activities_of
from checks import check, equal, eventually, holds
from service import NEW, OLD, repeated, wrong

ADELE, NOBODY = "adele@contoso.example", "nobody@contoso.example"
MOBILE, OFFICE, MAIL = "+1 4255550110", "+1 4255550111", "adele@example.org"
BEN, BENS_MOBILE, BENS_OFFICE, BENS_MAIL = "ben@contoso.example", "+1 4255550112", "+1 4255550113", "ben@example.org"
UNKNOWN_RESET = "AAAAAAAAAAAAAAAAAAAAAA"
PASSWORDS = [NEW, "seven quiet umbrellas dry", "nine lanterns on the quay", "a violin under the stairs"]


@check("resets: the person of these checks is created")
def adele(service):
    service.create(ADELE, displayName="Adele Vance", mobilePhone=MOBILE, businessPhones=[OFFICE], otherMails=[MAIL])
    holds(service.signs_in(ADELE, OLD), "the first password is refused")


def whole(service, method, to, password):
    """A whole reset: a wrong code, the right one, and the new password."""
    reset, code = service.begin(ADELE, method, to)
    service.verify(reset, wrong(code)).expect(422, "code-rejected")
    token = service.verify(reset, code).expect(200).json()["resetToken"]
    service.complete(reset, token, password).expect(204)
    holds(service.signs_in(ADELE, password), "the new password is refused")


@check("resets: by email")
def by_email(service):
    whole(service, "email", MAIL, PASSWORDS[0])
    holds(not service.signs_in(ADELE, OLD), "the old password is accepted")


@check("resets: by text message")
def by_text(service):
    whole(service, "mobileSms", MOBILE, PASSWORDS[1])


@check("resets: by call")
def by_call(service):
    whole(service, "officeCall", OFFICE, PASSWORDS[2])


@check("resets: all contacts are notified of a reset")
def notified(service):
    def told():
        return [mail for mail in service.mails(MAIL) if "password was" in mail or "password has been" in mail]

    eventually(told, f"no notice came: {[mail.splitlines()[0] for mail in service.mails(MAIL)]}")


@check("resets: the same request with an idempotency key does the same once")
def idempotent(service):
    body = {"userName": ADELE, "method": "mobileSms", "phoneNumber": MOBILE}
    begun = repeated(lambda: service.send("POST", "/v1/resets", body, key="begin"), 202).json()
    service.code(MOBILE, begun["reference"])
    service.age(begun["resetId"])
    path = f"/v1/resets/{begun['resetId']}/codes"
    ordered = repeated(lambda: service.send("POST", path, {"method": "email"}, key="order"), 202).json()
    code = service.code(MAIL, ordered["reference"])
    service.send("POST", f"/v1/resets/{UNKNOWN_RESET}/codes", {"method": "email"}, key="other").expect(404)
    proved = repeated(lambda: service.verify(begun["resetId"], code, key="verify"), 200).json()
    token = proved["resetToken"]
    service.complete(begun["resetId"], token, "short").expect(422, "password-rejected")
    # A change that revokes nothing, between the proof and the new password.
    service.change(ADELE, displayName="Adele V.").expect(204)
    repeated(lambda: service.complete(begun["resetId"], token, PASSWORDS[3], key="complete"), 204)
    service.complete(begun["resetId"], token, NEW).expect(422, "token-rejected")
    equal(len([mail for mail in service.mails(MAIL) if code in re.sub(r"\D", "", mail)]), 1, "emails with the code")


@check("resets: by the long code of an email")
def by_long_code(service):
    begun = service.send("POST", "/v1/resets", {"userName": ADELE, "method": "email"}).expect(202).json()
    mail = service.message(MAIL, begun["reference"])
    [long] = re.findall(r"\b[A-Z0-9]{5}(?:-[A-Z0-9]+){5}\b", mail)
    token = service.verify(begun["resetId"], long).expect(200).json()["resetToken"]
    service.complete(begun["resetId"], token, PASSWORDS[0]).expect(204)


@check("resets: another person is created, because five resets a day are the most")
def ben(service):
    service.create(BEN, mobilePhone=BENS_MOBILE, businessPhones=[BENS_OFFICE], otherMails=[BENS_MAIL])


@check("resets: an order that comes between two others decides again on what it finds")
def reordered(service):
    reset, _ = service.begin(BEN, "mobileSms", BENS_MOBILE)
    # The first write is refused, as if another order had come first.
    lost = {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}, {"Code": "None"}]}
    fault = {
        "service": "dynamodb", "operation": "TransactWriteItems", "role": "BeginResetRole", "times": 1,
        "code": "TransactionCanceledException", "members": lost,
    }
    with service.broken(fault):
        code = service.order(reset, "email", BENS_MAIL)
    service.verify(reset, code).expect(200)


@check("resets: an unknown name and an unproved number are answered alike, and get no message")
def alike(service):
    shapes = set()
    for name, number in ((BEN, BENS_MOBILE), (BEN, "+1 4255550199"), (NOBODY, BENS_MOBILE)):
        body = {"userName": name, "method": "mobileSms", "phoneNumber": number}
        begun = service.send("POST", "/v1/resets", body).expect(202).json()
        shapes.add(tuple(begun))
        if number == BENS_MOBILE and name == BEN:
            service.code(BENS_MOBILE, begun["reference"])
    equal(len(shapes), 1, "kinds of responses")
    equal(service.box("+1 4255550199"), [], "messages to the other number")
    activities_of(service, BEN, "the claimed phone number is not the one on file")
    service.verify(UNKNOWN_RESET, "12345678").expect(422, "code-rejected")
    service.complete(UNKNOWN_RESET, "token", NEW).expect(422, "token-rejected")


@check("resets: a privileged person passes two gates")
def two_gates(service):
    service.change(BEN, isAdmin=True).expect(204)
    reset, code = service.begin(BEN, "officeCall", BENS_OFFICE)
    gate = service.verify(reset, code).expect(200).json()
    equal(gate["status"], "anotherMethodRequired", "status")
    second = service.order(reset, "email", BENS_MAIL, gateToken=gate["gateToken"])
    service.verify(reset, second).expect(422, "code-rejected")
    token = service.verify(reset, second, gateToken=gate["gateToken"]).expect(200).json()["resetToken"]
    service.complete(reset, token, PASSWORDS[1]).expect(204)
    service.change(BEN, isAdmin=False).expect(204)


@check("resets: the budget of guesses is spent by guesses, of an unknown name alike, until an administrator unblocks")
def budget(service):
    token = service.administrator
    for name in (BEN, NOBODY):
        begun = service.send("POST", "/v1/resets", {"userName": name, "method": "email"}).expect(202).json()
        if name == BEN:
            service.code(BENS_MAIL, begun["reference"])
        for _ in range(5):
            service.verify(begun["resetId"], "00000000").expect(422, "code-rejected")
    path = f"/graph/v1.0/users/{BEN}/authentication/unblockPasswordReset"
    activities_of(service, BEN, "the guess budget is spent")
    service.send("POST", path, token=token).expect(204)
    reset, code = service.begin(BEN, "email", BENS_MAIL)
    service.verify(reset, code).expect(200)


@check("resets: a request that fails releases its idempotency key")
def released(service):
    reset, code = service.begin(BEN, "email", BENS_MAIL)
    service.tamper(f"RESET#{reset}", "RESET", "SET kept = began_at REMOVE began_at")
    service.verify(reset, code, key="released").expect(503, "unavailable")
    service.tamper(f"RESET#{reset}", "RESET", "SET began_at = kept REMOVE kept")
    token = service.verify(reset, code, key="released").expect(200).json()["resetToken"]
    service.tamper(f"RESET#{reset}", "RESET", "SET kept = began_at REMOVE began_at")
    service.complete(reset, token, NEW, key="released-too").expect(503, "unavailable")
    service.tamper(f"RESET#{reset}", "RESET", "SET began_at = kept REMOVE kept")
    service.complete(reset, token, NEW, key="released-too").expect(204)
