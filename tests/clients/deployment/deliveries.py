"""The worker: what providers refuse, what the sweep takes up, and codes that nobody uses."""

import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from administration import activities_of
from checks import check, equal, eventually, holds
from service import NEW, OLD, USERS

KIM, NORA = "kim@contoso.example", "nora@contoso.example"
ODIN, ODINS = "odin@contoso.example", "+1 4255550170"
PIA, RITA = "pia@contoso.example", "rita@contoso.example"
# What AWS' simulators deliver, and what becomes of it.
SIMULATOR, UNANSWERED = "simulator.amazonses.com", "+1 4254147167"
MOBILE, MAIL = "+1 4255550130", "kim@example.org"
# Twenty numbers of a range that nobody else here uses, and one more.
RANGE = [f"+1 42555601{number:02}" for number in range(21)]


def unusable(service, name):
    """The contacts of a person that a reset does not use, with the reasons."""
    token = service.application("AuditLog.Read.All")
    report = f"/graph/v1.0/reports/authenticationMethods/userRegistrationDetails/{service.id(name)}"
    row = service.send("GET", report, token=token).expect(200).json()
    return {one["type"]: one["reason"] for one in row["contacts"] if not one["usable"]}


def refused(provider, code, message, **more):
    return {"service": provider, "role": "DeliverCodeRole", "code": code, "message": message, **more}


@check("deliveries: a text that its provider refuses goes by verified email instead")
def failover(service):
    service.create(KIM, displayName="Kim Lund", mobilePhone=MOBILE, otherMails=[MAIL])
    service.register(KIM, "email", MAIL)
    with service.broken(refused("sns", "EndpointDisabled", "the number is not texted")):
        body = {"userName": KIM, "method": "mobileSms", "phoneNumber": MOBILE}
        reference = service.send("POST", "/v1/resets", body).expect(202).json()["reference"]
        service.code(MAIL, reference)
    equal([text for text in service.texts(MOBILE.replace(" ", "")) if "code" in text], [], "texts with a code")


@check("deliveries: a number that has opted out is no longer used, and its owner is told elsewhere")
def opted_out(service):
    service.create(ODIN, displayName="Odin Berg", mobilePhone=ODINS, otherMails=["odin@example.org"])
    with service.broken(refused("sns", "OptedOut", "the number has opted out")):
        service.send("POST", "/v1/resets", {"userName": ODIN, "method": "mobileSms", "phoneNumber": ODINS}).expect(202)
        activities_of(service, ODIN, "the recipient wants no more messages: the contact is no longer used")
    equal(unusable(service, ODIN), {"mobilePhone": "optedOut"}, "contacts that are not used")
    eventually(lambda: service.mails("odin@example.org"), "no notice came")


@check("deliveries: an address that SES reports as dead is no longer used, and the other contacts are told")
def bounced(service):
    dead, mobile = f"bounce+pia@{SIMULATOR}", "+1 4255550171"
    service.create(PIA, displayName="Pia Holm", mobilePhone=mobile, otherMails=[dead])
    service.send("POST", "/v1/resets", {"userName": PIA, "method": "email"}).expect(202)
    activities_of(service, PIA, "the message came back for good: the contact is no longer used")
    equal(unusable(service, PIA), {"email": "bounced"}, "contacts that are not used")
    eventually(lambda: service.texts(mobile.replace(" ", "")), "no notice came")


@check("deliveries: a delivered email and a call that nobody answered are steps of their resets")
def reported(service):
    service.create(RITA, displayName="Rita Moe", mobilePhone=UNANSWERED, otherMails=[f"success+rita@{SIMULATOR}"])
    service.send("POST", "/v1/resets", {"userName": RITA, "method": "email"}).expect(202)
    activities_of(service, RITA, "the message was delivered")
    call = {"userName": RITA, "method": "mobileCall", "phoneNumber": UNANSWERED}
    service.send("POST", "/v1/resets", call).expect(202)
    activities_of(service, RITA, "nobody answered the call")
    equal(unusable(service, RITA), {}, "contacts that are not used")


@check("deliveries: a provider that is busy is asked again")
def busy(service):
    with service.broken(refused("sns", "InternalError", "busy", status=500, times=4)):
        service.begin(KIM, "mobileSms", MOBILE)


@check("deliveries: a challenge whose code is refused is given back")
def given_back(service):
    reason = "the provider refuses the destination: it bounced or complained before"
    with service.broken(refused("ses", "MessageRejected", "Address is on the suppression list")):
        for number in (1, 2):
            service.challenge(KIM, "email", "kim@home.example").expect(202)
            activities_of(service, KIM, *[reason] * number)
    # With the first address, this would be the fourth challenge within an hour, if the refused ones counted.
    service.register(KIM, "email", "kim@home.example")


@check("deliveries: the schedule starts a sweep, which sends a notice that could not be sent")
def swept(service):
    service.create(NORA, displayName="Nora Dahl", otherMails=["nora@example.org"])
    with service.broken(refused("ses", "TooManyRequestsException", "busy", status=429)):
        service.change(NORA, passwordProfile={"password": NEW}).expect(204)
        time.sleep(4)
    equal(service.mails("nora@example.org"), [], "notices")
    service.inspect(f"/_test/rules/{service.stack.id('Notices')}")
    eventually(lambda: service.mails("nora@example.org"), "no notice came after the sweep")


@check("deliveries: a sweep asks people to confirm methods that nobody has confirmed for half a year")
def confirmations(service):
    service.age_registration(service.id(KIM), 200)
    service.inspect(f"/_test/rules/{service.stack.id('Notices')}")
    eventually(lambda: [mail for mail in service.mails("kim@home.example") if "confirm" in mail], "nobody was asked")


@check("deliveries: codes to a range of numbers stop when nobody uses them")
def unused(service):
    def order(number):
        name = f"range-{number[-2:]}@contoso.example"
        service.create(name, mobilePhone=number)
        body = {"userName": name, "method": "mobileSms", "phoneNumber": number}
        return name, service.send("POST", "/v1/resets", body).expect(202).json()["reference"]

    # One of the codes is that of a registration.
    begun = service.challenge(NORA, "mobilePhone", RANGE[0]).expect(202).json()
    service.code(RANGE[0], begun["reference"])
    with ThreadPoolExecutor(4) as several:
        for number, (_, reference) in zip(RANGE[1:20], several.map(order, RANGE[1:20])):
            service.code(number, reference)
    name, _ = order(RANGE[20])
    activities_of(service, name, "too few of the codes sent to this range of numbers are used")
    equal(service.texts(RANGE[20].replace(" ", "")), [], "texts to the next number")
