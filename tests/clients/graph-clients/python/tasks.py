"""What administrators do every day, from the request to its effect on the person.

Paging through the report is in `reports.py`. Creating a user and deleting a method, with all that they return, are in
`users.py` and `methods.py`. Here are their effects.
"""

import asyncio

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.user import User
from msgraph.generated.users.item.authentication.methods.item.reset_password.reset_password_post_request_body import (
    ResetPasswordPostRequestBody,
)

from methods import MOBILE, PASSWORD, phone, phones, routes
from reports import about, records, rows
from service import check, equal, holds, refused
from users import ListOptions, options, selected

# What the audit says of a reset.
BEGUN = ("success", "User submitted their user ID")
SENT = ("success", "User started the mobile SMS verification option")
NO_CONTACT = ("failure", "there is no contact for the method")
DISABLED = ("failure", "the account is disabled")
OTHER_NUMBER = ("failure", "the claimed phone number is not the one on file")

# The longest time until the service has handled a message, in tenths of a second.
HANDLED_TENTHS = 100


def first_password(password):
    """A password that the person may keep."""
    return PasswordProfile(password=password, force_change_password_next_sign_in=False)


def sign_in(service, user, password):
    """Checks a password. Returns the status, and whether the password must be changed."""
    token = service.token({"permissions": ["Credentials.Check"]})
    body = {"userName": user.user_principal_name, "password": password}
    status, answer = service.send("/v1/credentials/verifications", body, token)
    return status, answer.get("passwordChangeRequired")


def change_password(service, user, current, new):
    """The status of a change of password by the person."""
    body = {"userName": user.user_principal_name, "currentPassword": current, "newPassword": new}
    return service.send("/v1/password", body)[0]


async def begin(service, user, number):
    """Begins a reset by SMS. The response must not tell whether a code is sent."""
    body = {"userName": user.user_principal_name, "method": "mobileSms", "phoneNumber": number}
    status, answer = service.send("/v1/resets", body)
    equal(status, 202, "beginning a reset")
    members = ["codeExpiresAt", "expiresAt", "method", "reference", "resendAt", "resetId"]
    equal(sorted(answer), members, "what the response has")


async def reset_steps(service, user):
    """The result and reason of both records of a reset, oldest first. The second is written when a code is due."""
    of_user = f"targetResources/any(t:t/id eq '{user.id}')"
    for _ in range(HANDLED_TENTHS):
        found = [
            record
            for record in await records(service, of_user)
            if record.logged_by_service == "Self-service Password Management"
        ]
        if len(found) >= 2:
            break
        await asyncio.sleep(0.1)
    equal(about(found, user), found, "the records of this user only")
    equal(len({record.correlation_id for record in found}), 1, "correlation ids of one reset")
    return [(record.result.value, record.result_reason) for record in reversed(found)]


async def names(service, **wanted):
    """The names of the users that a list finds."""
    found = await service.administrator.users.get(options(**wanted))
    return [user.user_principal_name.removesuffix("@contoso.example") for user in found.value]


@check("tasks: a new person signs in with the first password and then has to choose another")
async def create(service):
    profile = PasswordProfile(password="the very first password", force_change_password_next_sign_in=True)
    user = await service.create("newcomer", display_name="Nadia Newcomer", password_profile=profile)
    equal(sign_in(service, user, "the very first password"), (200, True), "at the first sign-in")
    changed = change_password(service, user, "the very first password", "chosen by Nadia herself")
    equal(changed, 204, "changing it")
    equal(sign_in(service, user, "chosen by Nadia herself"), (200, False), "at the second sign-in")
    equal(sign_in(service, user, "the very first password"), (422, None), "the first password then")


@check("tasks: people are found by the words of their names and by how their names begin")
async def find_by_name(service):
    for name, display_name in [
        ("zenobia", "Zenobia Quartermain"),
        ("zeno", "Zeno Quarterly-Jones"),
        ("quarto", "Quartz Xenakis"),
    ]:
        await service.create(name, display_name=display_name)
    for words, found in [
        ("Zenobia", ["zenobia"]),
        ("zeno", ["zeno", "zenobia"]),
        ("quart", ["quarto", "zeno", "zenobia"]),
        ("quartermain zen", ["zenobia"]),
        ("jones", ["zeno"]),
        ("enobia", []),
        ("zenobia xenakis", []),
    ]:
        equal(sorted(await names(service, search=f'"displayName:{words}"')), found, f"$search: {words}")
    for beginning, found in [("Zeno", ["zeno", "zenobia"]), ("zenobia q", ["zenobia"]), ("Quartermain", [])]:
        filter = f"startswith(displayName,'{beginning}')"
        equal(sorted(await names(service, filter=filter)), found, filter)

    # Graph demands this header of a search.
    headers = HeadersCollection()
    headers.add("ConsistencyLevel", "eventual")
    parameters = ListOptions(search='"displayName:quartermain"', select=["displayName"])
    found = await service.administrator.users.get(RequestConfiguration(headers=headers, query_parameters=parameters))
    equal([user.display_name for user in found.value], ["Zenobia Quartermain"], "with the header")

    married = service.administrator.users.by_user_id("zenobia@contoso.example")
    await married.patch(User(display_name="Zenobia Xenakis"))
    equal(await names(service, search='"displayName:quartermain"'), [], "the former name")
    equal(await names(service, search='"displayName:zenobia xenakis"'), ["zenobia"], "the new name")


@check("tasks: a person is found by a phone number, however it is spelled")
async def find_by_phone(service):
    user = await service.create("by-phone", mobile_phone="+1 4255550150", business_phones=["+1 4255550151"])
    await service.create("by-other-phone", mobile_phone="+1 4255550152", business_phones=["+1 4255550153"])
    for spelling in ["+1 4255550150", "+14255550150", "+1 (425) 555-0150"]:
        equal(await names(service, filter=f"mobilePhone eq '{spelling}'"), ["by-phone"], f"mobilePhone {spelling}")
    for spelling in ["+1 4255550151", "+14255550151", "+1 425 555 0151"]:
        filter = f"businessPhones/any(p:p eq '{spelling}')"
        equal(await names(service, filter=filter), ["by-phone"], filter)
    equal(await names(service, filter="mobilePhone eq '+1 4255550151'"), [], "the business phone as a mobile phone")
    equal(await names(service, filter="businessPhones/any(p:p eq '+1 4255550150')"), [], "and the other way round")
    await service.user(user).patch(User(mobile_phone="+1 4255550154", business_phones=[]))
    equal(await names(service, filter="mobilePhone eq '+1 4255550150'"), [], "the former mobile phone")
    equal(await names(service, filter="businessPhones/any(p:p eq '+1 4255550151')"), [], "the former business phone")
    equal(await names(service, filter="mobilePhone eq '+1 4255550154'"), ["by-phone"], "the new mobile phone")


@check("tasks: a disabled account cannot sign in until it is enabled again")
async def disable(service):
    user = await service.create("leaver", password_profile=first_password("until the last day"))
    equal(sign_in(service, user, "until the last day"), (200, False), "at first")
    equal("leaver@contoso.example" in await rows(service), True, "the report at first")
    equal(await service.user(user).patch(User(account_enabled=False)), None, "the answer")
    equal((await selected(service, user.id, "accountEnabled")).account_enabled, False, "accountEnabled")
    filter = "accountEnabled eq false and startswith(userPrincipalName,'leaver')"
    equal(await names(service, filter=filter), ["leaver"], "who is disabled")
    equal(sign_in(service, user, "until the last day"), (422, None), "while it is disabled")
    equal("leaver@contoso.example" in await rows(service), False, "the report while it is disabled")
    await service.user(user).patch(User(account_enabled=True))
    equal(sign_in(service, user, "until the last day"), (200, False), "when it is enabled again")


@check("tasks: people without a method are listed until they have one")
async def without_method(service):
    registered = await service.create("with-method")
    await routes(service, registered).phone_methods.post(phone("+1 4255550156", MOBILE))
    # A number on file suffices for a reset, but nobody has registered it.
    await service.create("with-number", mobile_phone="+1 4255550157")
    bare = await service.create("without-method")
    everybody = ["with-method", "with-number", "without-method"]

    async def listed(filter):
        found = await rows(service, filter=filter)
        return [name for name in everybody if f"{name}@contoso.example" in found]

    equal(await listed("isSsprRegistered eq false"), ["with-number", "without-method"], "who has registered none")
    equal(await listed("isSsprCapable eq false"), ["without-method"], "who cannot reset a password")
    equal(await listed("isSsprCapable eq true"), ["with-method", "with-number"], "who can")
    both = "isSsprRegistered eq false and isSsprCapable eq true"
    equal(await listed(both), ["with-number"], "who can but has registered none")
    row = (await rows(service))["without-method@contoso.example"]
    states = (row.is_sspr_registered, row.is_sspr_capable, row.methods_registered)
    equal(states, (False, False, []), "the row of who has none")
    await routes(service, bare).phone_methods.post(phone("+1 4255550158", MOBILE))
    equal(await listed("isSsprRegistered eq false"), ["with-number"], "who has registered none then")
    equal(await listed("isSsprCapable eq false"), [], "who cannot reset a password then")


@check("tasks: a phone whose method is deleted gets no more codes")
async def delete_phone(service):
    user = await service.create("lost-phone")
    methods = routes(service, user)
    await methods.phone_methods.post(phone("+1 4255550159", MOBILE))
    row = (await rows(service))[user.user_principal_name]
    equal((row.methods_registered, row.is_sspr_capable), (["mobilePhone"], True), "the report at first")
    equal(await methods.phone_methods.by_phone_authentication_method_id(MOBILE).delete(), None, "the answer")
    equal(await phones(methods), {}, "the phones")
    await begin(service, user, "+1 4255550159")
    equal(await reset_steps(service, user), [BEGUN, NO_CONTACT], "the reset")
    codes = [message for message in service.outbox("+14255550159") if message["reference"]]
    equal(codes, [], "the codes")
    row = (await rows(service))[user.user_principal_name]
    equal((row.methods_registered, row.is_sspr_capable), ([], False), "the report then")


@check("tasks: a password is reset to one that is drawn or given, and the person has to change it")
async def reset_password(service):
    user = await service.create("forgetful", password_profile=first_password("the forgotten password"))
    action = routes(service, user).methods.by_authentication_method_id(PASSWORD).reset_password
    drawn = (await action.post(ResetPasswordPostRequestBody())).new_password
    equal(len(drawn), 15, "characters of the password that was drawn")
    equal(set(drawn) & set("0Oo1lI"), set(), "characters of it that look like others")
    equal(sign_in(service, user, "the forgotten password"), (422, None), "the former password")
    equal(sign_in(service, user, drawn), (200, True), "the password that was drawn")
    equal(change_password(service, user, drawn, "remembered from now on"), 204, "changing it")
    equal(sign_in(service, user, "remembered from now on"), (200, False), "the password that the person chose")

    given = await action.post(ResetPasswordPostRequestBody(new_password="told on the telephone"))
    equal(given.new_password, None, "newPassword in the answer to a request that has one")
    equal(sign_in(service, user, "told on the telephone"), (200, True), "the password that was given")
    message = await refused(
        action.post(ResetPasswordPostRequestBody(new_password="short")), 400, "Request_BadRequest", "'short'"
    )
    holds("too-short" in message, f"the message does not name the rule: {message}")
    equal(sign_in(service, user, "told on the telephone"), (200, True), "the password after the refusal")
    again = (await action.post(ResetPasswordPostRequestBody())).new_password
    holds(again != drawn, "the same password was drawn twice")

    done = [
        record
        for record in about(await records(service), user)
        if record.activity_display_name == "Reset password (by admin)"
    ]
    equal([record.result.value for record in done], ["success"] * 3, "the audit")


@check("tasks: a person's sessions are ended, and the password stays")
async def end_sessions(service):
    user = await service.create("stolen-laptop", password_profile=first_password("typed on a stolen laptop"))
    former = service.token({"userName": user.user_principal_name})
    equal(service.send("/v1/registration", token=former)[0], 200, "a session at first")
    before = (await selected(service, user.id, "signInSessionsValidFromDateTime")).sign_in_sessions_valid_from_date_time
    # Tokens tell the time in whole seconds.
    service.advance(5)
    equal((await service.user(user).revoke_sign_in_sessions.post()).value, True, "the answer")
    after = (await selected(service, user.id, "signInSessionsValidFromDateTime")).sign_in_sessions_valid_from_date_time
    holds((after - before).total_seconds() >= 5, f"sessions are valid from {after}, and were from {before}")
    equal(service.send("/v1/registration", token=former)[0], 401, "the same session then")
    equal(sign_in(service, user, "typed on a stolen laptop"), (200, False), "the password")
    service.advance(5)
    new = service.token({"userName": user.user_principal_name})
    equal(service.send("/v1/registration", token=new)[0], 200, "a new session")
    revoked = "Update StsRefreshTokenValidFrom Timestamp"
    found = about(await records(service, f"activityDisplayName eq '{revoked}'"), user)
    equal([record.result.value for record in found], ["success"], "the audit")


@check("tasks: the audit of one person says why no code came")
async def why_no_code(service):
    for name, properties, claimed, reason in [
        ("no-code-bare", {}, "+1 4255550160", NO_CONTACT),
        ("no-code-disabled", {"mobile_phone": "+1 4255550161", "account_enabled": False}, "+1 4255550161", DISABLED),
        ("no-code-other", {"mobile_phone": "+1 4255550162"}, "+1 4255550163", OTHER_NUMBER),
        ("code-sent", {"mobile_phone": "+1 4255550164"}, "+1 4255550164", SENT),
    ]:
        user = await service.create(name, **properties)
        await begin(service, user, claimed)
        equal(await reset_steps(service, user), [BEGUN, reason], name)
        sent = len(service.outbox(claimed.replace(" ", "")))
        equal(sent, 1 if reason == SENT else 0, f"{name}: messages to the claimed number")
