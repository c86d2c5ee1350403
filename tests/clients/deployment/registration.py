"""Registration of contacts and security questions, by the people themselves."""

from checks import check, equal, eventually, holds
from service import repeated, wrong

LENA, UMA = "lena@contoso.example", "uma@contoso.example"
MAIL, OWN_MAIL, OWN_MOBILE = "lena@example.org", "lena@home.example", "+1 4255550120"
UMAS_MAIL = "uma@example.org"
ANSWERS = {"first-concert": "The Walruses", "first-film": "The Paper Moon", "first-flight": "Reykjavik"}


def answers(of=ANSWERS):
    return [{"questionId": question, "answer": answer} for question, answer in of.items()]


def registered(service):
    """The registered values of the person, by type."""
    read = service.send("GET", "/v1/registration", token=service.person(LENA)).expect(200).json()
    return {method["type"]: method["value"] for method in read["methods"] if "value" in method}


@check("registration: a person proves an address with a code, and a phone")
def proofs(service):
    service.create(LENA, displayName="Lena Berg", otherMails=[MAIL])
    nobody = service.person("nobody@contoso.example")
    service.send("GET", "/v1/registration", token=nobody).expect(403)
    begun = repeated(lambda: service.challenge(LENA, "email", OWN_MAIL, key="challenge"), 202).json()
    challenge, code = begun["challengeId"], service.code(OWN_MAIL, begun["reference"])
    service.prove(LENA, challenge, wrong(code)).expect(422, "code-rejected")
    repeated(lambda: service.prove(LENA, challenge, code, key="prove"), 200)
    service.register(LENA, "mobilePhone", OWN_MOBILE)
    equal(registered(service), {"email": OWN_MAIL, "mobilePhone": OWN_MOBILE}, "the registered values")
    eventually(lambda: [mail for mail in service.mails(MAIL) if "code" not in mail], "no notice came")


@check("registration: an old sign-in changes nothing")
def stale(service):
    token = service.person(LENA, auth_time=1_700_000_000)
    path = "/v1/registration/methods/email"
    service.send("DELETE", path, token=token).expect(401, "unauthenticated")
    equal(len(registered(service)), 2, "registered values")


@check("registration: a proof that loses a race is refused, because its challenge is looked at again")
def race(service):
    begun = service.challenge(LENA, "email", "lena@work.example").expect(202).json()
    code = service.code("lena@work.example", begun["reference"])
    lost = {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}]}
    fault = {
        "service": "dynamodb", "operation": "TransactWriteItems", "role": "RegisterRole", "times": 1,
        "code": "TransactionCanceledException", "members": lost,
    }
    with service.broken(fault):
        service.prove(LENA, begun["challengeId"], code).expect(200)
    service.prove(LENA, begun["challengeId"], code).expect(422, "code-rejected")
    equal(registered(service)["email"], "lena@work.example", "the registered address")


@check("registration: challenges beyond the limit release their idempotency key")
def limited(service):
    statuses = [service.challenge(LENA, "email", OWN_MAIL, key=f"limit-{number}").status for number in range(3)]
    equal(statuses[-1], 429, f"the last of {statuses}")
    service.challenge(LENA, "email", OWN_MAIL, key="limit-2").expect(429)


@check("registration: methods are confirmed and removed, and a later revocation stays")
def removed(service):
    token = service.person(LENA)
    repeated(lambda: service.send("POST", "/v1/registration/confirmation", token=token, key="confirm"), 200)
    service.send("DELETE", "/v1/registration/methods/email", token=token).expect(204)
    service.send("DELETE", "/v1/registration/methods/email", token=token).expect(404)
    with service.revoked_ahead(service.id(LENA)):
        service.send("DELETE", "/v1/registration/methods/mobilePhone", token=token).expect(204)
    equal(registered(service), {}, "the registered values")


@check("registration: security questions are offered, registered and removed")
def questions(service):
    service.create(UMA, displayName="Uma Rao", otherMails=[UMAS_MAIL])
    token = service.person(UMA)
    offered = service.send("GET", "/v1/registration/question-catalogue", token=token).expect(200).json()["questions"]
    holds(set(ANSWERS) <= {question["questionId"] for question in offered}, offered)
    path = "/v1/registration/security-questions"
    few = {"answers": answers()[:2]}
    service.send("PUT", path, few, token).expect(422, "answers-rejected")
    repeated(lambda: service.send("PUT", path, {"answers": answers()}, token, key="questions"), 204)
    service.send("DELETE", "/v1/registration/methods/securityQuestions", token=token).expect(204)
    service.send("PUT", path, {"answers": answers()}, token).expect(204)
