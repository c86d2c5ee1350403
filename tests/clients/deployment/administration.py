"""Administration with the requests of Microsoft Graph."""

import json
from collections import Counter

from checks import check, equal, eventually, holds
from deploying import FIRST_POLICY
from service import NEW, OLD, POLICY, USERS

MIRA, TARO, PAUL = "mira@contoso.example", "taro@contoso.example", "paul@contoso.example"
MOBILE, OFFICE, MAIL = "+1 4255550101", "+1 4255550102", "mira@example.org"
REPORT = "/graph/v1.0/reports/authenticationMethods/userRegistrationDetails"
AUDITS = "/graph/v1.0/auditLogs/directoryAudits"
# The ids that Graph gives to a person's mobile phone, email address and password.
MOBILE_METHOD = "3179e48a-750b-4051-897c-87b9720928f7"
EMAIL_METHOD = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"


def names(reply):
    return [user["userPrincipalName"] for user in reply.expect(200).json()["value"]]


@check("administration: a user is created, read by id and by name, and changed")
def users(service):
    token = service.administrator
    mira = service.create(MIRA, displayName="Mira Ito", mobilePhone=MOBILE, businessPhones=[OFFICE], otherMails=[MAIL])
    service.create(TARO, displayName="Taro Ito", accountEnabled=False)
    for key in (mira, MIRA):
        read = service.send("GET", f"{USERS}/{key}", token=token).expect(200).json()
        equal((read["id"], read["mobilePhone"]), (mira, MOBILE), "the user")
    service.send("GET", f"{USERS}/nobody@contoso.example", token=token).expect(404)
    service.change(mira, jobTitle="Archivist").expect(204)
    service.change(MIRA, mobilePhone=None).expect(204)
    service.change(MIRA, mobilePhone=MOBILE, userPrincipalName="Mira.Ito@contoso.example").expect(204)
    service.change(mira, userPrincipalName=TARO).expect(400)
    service.change(mira, userPrincipalName=MIRA, accountEnabled=False).expect(204)
    holds(not service.signs_in(MIRA, OLD), "a disabled person signs in")
    service.change(mira, accountEnabled=True, passwordProfile={"password": NEW}).expect(204)
    holds(service.signs_in(MIRA, NEW), "the new password is refused")


@check("administration: people are found by name, address, number and enablement, page by page")
def finding(service):
    token = service.administrator
    found = lambda query: names(service.send("GET", f"{USERS}?{query}", token=token))  # noqa: E731
    equal(sorted(found("$search=\"displayName:ito\"&$top=9")), [MIRA, TARO], "by a word of the name")
    equal(found("$filter=mobilePhone eq '%2B1 4255550101'"), [MIRA], "by number")
    equal(found(f"$filter=otherMails/any(m:m eq '{MAIL}')"), [MIRA], "by address")
    equal(found("$filter=accountEnabled eq false"), [TARO], "the disabled")
    equal(found("$filter=startswith(userPrincipalName,'mir')"), [MIRA], "by the beginning of the user name")
    page = service.send("GET", f"{USERS}?$top=1", token=token)
    following = page.json()["@odata.nextLink"]
    url = f"https://{service.stack.id('Api')}.execute-api.eu-central-1.amazonaws.com"
    holds(following.startswith(f"{url}{USERS}?"), f"the next page is at {following}")
    rest = service.send("GET", following.removeprefix(url), token=token)
    equal(names(page) + names(rest)[:1], [MIRA, TARO], "two pages")


@check("administration: registered methods are set, listed, changed and removed")
def methods(service):
    token, path = service.administrator, f"{USERS}/{MIRA}/authentication"
    phone = {"phoneNumber": "+1 4255550103", "phoneType": "mobile"}
    service.send("POST", f"{path}/phoneMethods", phone, token).expect(201)
    service.send("POST", f"{path}/emailMethods", {"emailAddress": "mira@home.example"}, token).expect(201)
    service.send("PATCH", f"{path}/phoneMethods/{MOBILE_METHOD}", phone | {"phoneNumber": MOBILE}, token).expect(204)
    listed = service.send("GET", f"{path}/methods", token=token).expect(200).json()["value"]
    equal(len(listed), 3, "a phone, an address and the password")
    for kind, method in (("phoneMethods", MOBILE_METHOD), ("emailMethods", EMAIL_METHOD)):
        service.send("GET", f"{path}/{kind}/{method}", token=token).expect(200)
        service.send("DELETE", f"{path}/{kind}/{method}", token=token).expect(204)


@check("administration: a password is set for a person, who has to change it, and sessions are revoked")
def forced(service):
    token = service.administrator
    service.create(PAUL, displayName="Paul Paul", otherMails=["paul@example.org"])
    path = f"{USERS}/{PAUL}/authentication/methods/{PASSWORD_METHOD}/resetPassword"
    service.send("POST", path, {"newPassword": NEW}, token).expect(202)
    checker = service.application("Credentials.Check")
    body = {"userName": PAUL, "password": NEW}
    checked = service.send("POST", "/v1/credentials/verifications", body, checker).expect(200).json()
    equal(checked["passwordChangeRequired"], True, "passwordChangeRequired")
    body = {"userName": PAUL, "currentPassword": NEW, "newPassword": "seven quiet umbrellas dry"}
    service.send("POST", "/v1/password", body).expect(204)
    service.send("POST", f"{USERS}/{PAUL}/revokeSignInSessions", token=token).expect(200)
    service.send("POST", f"{USERS}/{PAUL}/authentication/unblockPasswordReset", token=token).expect(204)


@check("administration: a person's own token counts only while the account is privileged")
def delegated(service):
    scopes = service.person(PAUL, scp="User.ReadWrite.All User.Read.All")
    service.send("GET", f"{USERS}/{MIRA}", token=scopes).expect(403)
    service.send("PATCH", f"{USERS}/{MIRA}", {"jobTitle": "x"}, scopes).expect(403)
    service.change(PAUL, isAdmin=True).expect(204)
    service.send("GET", f"{USERS}/{MIRA}", token=scopes).expect(200)
    service.send("PATCH", f"{USERS}/{MIRA}", {"jobTitle": "Librarian"}, scopes).expect(204)
    service.change(PAUL, isAdmin=False).expect(204)


@check("administration: a change keeps a later revocation that another instance wrote")
def revoked_later(service):
    with service.revoked_ahead(service.id(PAUL)):
        service.change(PAUL, mobilePhone="+1 4255550105").expect(204)
    service.send("DELETE", f"{USERS}/{PAUL}", token=service.administrator).expect(204)
    service.send("GET", f"{USERS}/{PAUL}", token=service.administrator).expect(404)


@check("administration: the report says who is registered and which contacts count")
def report(service):
    reader = service.application("AuditLog.Read.All")
    query = f"$filter=startswith(userPrincipalName,'{MIRA}')"
    [row] = service.send("GET", f"{REPORT}?{query}", token=reader).expect(200).json()["value"]
    equal((row["userPrincipalName"], row["isSsprCapable"]), (MIRA, True), "the row")
    holds(MAIL not in json.dumps(row), "the report shows a whole address")


@check("administration: the audit lists what happened, newest first, and of one person")
def audit(service):
    reader = service.application("AuditLog.Read.All")
    listed = service.send("GET", f"{AUDITS}?$top=50", token=reader).expect(200).json()["value"]
    moments = [record["activityDateTime"] for record in listed]
    equal(moments, sorted(moments, reverse=True), "the order")
    activities = {record["activityDisplayName"] for record in listed}
    wanted = {"Add user", "Update user", "Delete user", "Admin registered security info", "Admin deleted security info"}
    equal(wanted - activities, set(), "activities that are missing")
    query = f"$filter=targetResources/any(t:t/userPrincipalName eq '{MIRA}')"
    of_mira = service.send("GET", f"{AUDITS}?{query}", token=reader).expect(200).json()["value"]
    holds(0 < len(of_mira) < len(listed), f"{len(of_mira)} of {len(listed)} records are about one person")


@check("administration: a policy with one bad member is refused as a whole")
def bad_policy(service):
    token = service.application("Policy.ReadWrite.AuthenticationMethod")
    service.send("PATCH", POLICY, {"triesPerCode": 4, "guessesPerDay": 0}, token).expect(400)
    read = service.send("GET", POLICY, token=token).expect(200).json()
    equal((read["triesPerCode"], read["guessesPerDay"]), (5, FIRST_POLICY["guessesPerDay"]), "the policy")


def activities_of(service, name, *wanted):
    """Waits until the audit of one person has these reasons, each as often as it is given."""
    reader = service.application("AuditLog.Read.All")
    query = f"$top=50&$filter=targetResources/any(t:t/userPrincipalName eq '{name}')"

    def found():
        records = service.send("GET", f"{AUDITS}?{query}", token=reader).expect(200).json()["value"]
        missing = Counter(wanted) - Counter(record["resultReason"] for record in records)
        return not missing

    eventually(found, f"the audit of {name} lacks one of {wanted}")
