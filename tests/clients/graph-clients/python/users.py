"""Users: creating, reading, listing, changing and deleting them."""

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.user import User
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import PageIterator

from service import check, equal, holds, refused

SelectOne = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters
ListOptions = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters

# More than two pages of ten.
CROWD = [f"crowd-{number:02}@contoso.example" for number in range(26)]


def options(**wanted):
    """A list's query options."""
    return RequestConfiguration(query_parameters=ListOptions(**wanted))


async def selected(service, key, *properties):
    """A user with these properties only."""
    wanted = RequestConfiguration(query_parameters=SelectOne(select=list(properties)))
    return await service.administrator.users.by_user_id(key).get(request_configuration=wanted)


async def contacts(service, user):
    """A user's three contact fields."""
    read = await selected(service, user.id, "mobilePhone", "businessPhones", "otherMails")
    return read.mobile_phone, read.business_phones, read.other_mails


async def crowd(service):
    """The names of the users to page through, created once."""
    first = await service.administrator.users.get(options(filter=f"userPrincipalName eq '{CROWD[0]}'"))
    if not first.value:
        for name in CROWD:
            await service.administrator.users.post(User(user_principal_name=name, display_name=name[:8]))
    return CROWD


def signed_in(service, name, password):
    """The status of a check of this password."""
    token = service.token({"permissions": ["Credentials.Check"]})
    body = {"userName": f"{name}@contoso.example", "password": password}
    return service.send("/v1/credentials/verifications", body, token)[0]


@check("users: one is created")
async def create(service):
    user = await service.create(
        "Created",
        display_name="Ines Created",
        account_enabled=True,
        mail_nickname="created",
        password_profile=PasswordProfile(password="a first password", force_change_password_next_sign_in=False),
        mobile_phone="+1 4255550101",
        business_phones=["+1 4255550102"],
        other_mails=["created@example.org"],
        given_name="Ines",
        surname="Created",
        mail="created@contoso.example",
        job_title="Archivist",
        preferred_language="en",
        usage_location="US",
    )
    holds(len(user.id) >= 16, f"the id is {user.id!r}")
    equal(user.user_principal_name, "Created@contoso.example", "userPrincipalName")
    equal((user.display_name, user.given_name, user.surname), ("Ines Created", "Ines", "Created"), "the names")
    equal((user.mail, user.job_title), ("created@contoso.example", "Archivist"), "mail and jobTitle")
    equal((user.mobile_phone, user.business_phones), ("+1 4255550101", ["+1 4255550102"]), "the phones")
    equal(user.other_mails, ["created@example.org"], "otherMails")
    equal(user.password_profile, None, "passwordProfile")
    # Properties that the client does not know.
    equal(list(user.additional_data), ["@odata.context"], "the rest of the answer")
    service.context(user.additional_data["@odata.context"], "/users")
    stored = (user.account_enabled, user.mail_nickname, user.preferred_language, user.usage_location)
    equal(stored, (True, "created", "en", "US"), "what Graph returns of a new user, and of others only with $select")
    read = await service.user(user).get()
    stored = (read.account_enabled, read.mail_nickname, read.preferred_language, read.usage_location)
    equal(stored, (True, "created", "en", "US"), "what is read without $select")
    equal(signed_in(service, "created", "a first password"), 200, "signing in")


@check("users: one is read by id")
async def read_by_id(service):
    user = await service.create("by-id", display_name="Ivo By-Id", mobile_phone="+1 4255550103")
    read = await service.user(user).get()
    equal((read.id, read.user_principal_name), (user.id, "by-id@contoso.example"), "who was read")
    equal((read.display_name, read.mobile_phone, read.business_phones), ("Ivo By-Id", "+1 4255550103", []), "the rest")
    equal(list(read.additional_data), ["@odata.context"], "what the client has no property for")
    service.context(read.additional_data["@odata.context"], f"/users/{user.id}")


@check("users: one is read by userPrincipalName, in any case")
async def read_by_name(service):
    user = await service.create("o'by-name", display_name="Nora By-Name")
    for key in ["o'by-name@contoso.example", "O'BY-NAME@Contoso.example"]:
        read = await service.administrator.users.by_user_id(key).get()
        equal((read.id, read.display_name), (user.id, "Nora By-Name"), key)


@check("users: otherMails and onPremisesSyncEnabled come only with $select")
async def select(service):
    user = await service.create("select", display_name="Sol Select", other_mails=["sol@example.org", "s@example.org"])
    plain = await service.user(user).get()
    equal((plain.other_mails, plain.on_premises_sync_enabled), (None, None), "without $select")
    read = await selected(service, user.id, "otherMails", "onPremisesSyncEnabled")
    equal((read.other_mails, read.on_premises_sync_enabled), (["sol@example.org", "s@example.org"], False), "with it")
    equal((read.id, read.display_name, read.business_phones), (None, None, None), "what was not selected")


@check("users: times are read as times")
async def times(service):
    user = await service.create("times")
    read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime")
    holds(read.created_date_time is not None and read.created_date_time.tzinfo, "createdDateTime has no zone")
    equal(read.sign_in_sessions_valid_from_date_time, read.created_date_time, "signInSessionsValidFromDateTime")


@check("users: a list is followed page by page through nextLink")
async def pages(service):
    names = await crowd(service)
    users = service.administrator.users
    page = await users.get(
        options(top=10, select=["id", "userPrincipalName"], filter="startswith(userPrincipalName,'crowd-')")
    )
    sizes, seen = [], []
    while True:
        sizes.append(len(page.value))
        seen += [user.user_principal_name for user in page.value]
        service.context(page.additional_data["@odata.context"], "/users")
        # The links keep the options: the last page, too, has only the selected properties.
        equal({user.display_name for user in page.value}, {None}, "displayName, which was not selected")
        if page.odata_next_link is None:
            break
        holds(page.odata_next_link.startswith(f"{service.graph}/users?"), f"nextLink is {page.odata_next_link}")
        page = await users.with_url(page.odata_next_link).get()
    equal(sizes, [10, 10, 6], "the sizes of the pages")
    equal(seen, names, "the users on them")


@check("users: the client's own page iterator visits everybody once")
async def iterate(service):
    names = await crowd(service)
    page = await service.administrator.users.get(options(top=10))
    seen = []

    def visit(user):
        seen.append(user.user_principal_name)
        return True

    await PageIterator(page, service.administrator.request_adapter).iterate(visit)
    equal(len(seen), len(set(seen)), "visits and users")
    equal([name for name in seen if name.startswith("crowd-")], names, "those of the crowd")


@check("users: $filter finds by userPrincipalName")
async def filter_equal(service):
    await crowd(service)
    found = await service.administrator.users.get(options(filter="userPrincipalName eq 'Crowd-07@contoso.example'"))
    equal([user.user_principal_name for user in found.value], ["crowd-07@contoso.example"], "who was found")
    none = await service.administrator.users.get(options(filter="userPrincipalName eq 'nobody@contoso.example'"))
    equal((none.value, none.odata_next_link), ([], None), "where there is nobody")
    none = await service.administrator.users.get(options(filter="userPrincipalName eq 'no name at all'"))
    equal((none.value, none.odata_next_link), ([], None), "where nobody can be")


@check("users: $filter finds by the beginning of userPrincipalName")
async def filter_beginning(service):
    names = await crowd(service)
    found = await service.administrator.users.get(options(filter="startswith(userPrincipalName,'crowd-1')"))
    equal([user.user_principal_name for user in found.value], names[10:20], "who was found")


@check("users: the three contact fields are set and read")
async def set_contacts(service):
    user = await service.create("contacts")
    equal(await contacts(service, user), (None, [], []), "at first")
    changes = User(mobile_phone="+1 4255550104", business_phones=["+1 4255550105"], other_mails=["c@example.org"])
    equal(await service.user(user).patch(changes), None, "the answer")
    equal(await contacts(service, user), ("+1 4255550104", ["+1 4255550105"], ["c@example.org"]), "all three")
    await service.user(user).patch(User(other_mails=["d@example.org", "e@example.org"]))
    mails = ["d@example.org", "e@example.org"]
    equal(await contacts(service, user), ("+1 4255550104", ["+1 4255550105"], mails), "otherMails replaced whole")
    await service.user(user).patch(User(mobile_phone="+14255550106"))
    equal((await contacts(service, user))[0], "+1 4255550106", "a number without the space")


@check("users: the three contact fields are cleared")
async def clear_contacts(service):
    given = {"mobile_phone": "+1 4255550107", "business_phones": ["+1 4255550108"], "other_mails": ["f@example.org"]}
    user = await service.create("cleared", **given)
    # The client leaves out a property that is None. It writes one that was set back to None under its own name, which
    # Graph does not know. So the null is sent as additional data.
    await service.user(user).patch(User(additional_data={"mobilePhone": None}))
    equal(await contacts(service, user), (None, ["+1 4255550108"], ["f@example.org"]), "after mobilePhone")
    await service.user(user).patch(User(business_phones=[], other_mails=[]))
    equal(await contacts(service, user), (None, [], []), "after the others")


@check("users: two businessPhones are refused")
async def two_business_phones(service):
    user = await service.create("two-phones", business_phones=["+1 4255550109"])
    call = service.user(user).patch(User(business_phones=["+1 4255550110", "+1 4255550111"]))
    await refused(call, 400, "Request_BadRequest", "5550110", "5550111")
    equal(await contacts(service, user), (None, ["+1 4255550109"], []), "the contacts")


@check("users: a phone of 65 characters is refused")
async def long_phone(service):
    user = await service.create("long-phone", mobile_phone="+1 4255550112")
    number = "+1 4255550113x".ljust(65, "1")
    for changes in [User(mobile_phone=number), User(business_phones=[number])]:
        message = await refused(service.user(user).patch(changes), 400, "Request_BadRequest", "5550113")
        holds("64" in message, f"the message does not tell the limit: {message}")
    equal(await contacts(service, user), ("+1 4255550112", [], []), "the contacts")


@check("users: a name that is taken is refused")
async def taken_name(service):
    await service.create("taken")
    await refused(service.create("TAKEN"), 400, "Request_BadRequest", "taken@")


@check("users: other properties and the name are changed")
async def change(service):
    user = await service.create("changed", display_name="Before")
    await service.user(user).patch(
        User(user_principal_name="renamed@contoso.example", display_name="After", account_enabled=False)
    )
    read = await selected(service, "renamed@contoso.example", "id", "displayName", "accountEnabled")
    equal((read.id, read.display_name, read.account_enabled), (user.id, "After", False), "what was read")
    former = service.administrator.users.by_user_id("changed@contoso.example")
    await refused(former.get(), 404, "Request_ResourceNotFound")


@check("users: passwordProfile replaces the password")
async def password(service):
    first = PasswordProfile(password="the first password", force_change_password_next_sign_in=False)
    user = await service.create("replaced", password_profile=first)
    equal(signed_in(service, "replaced", "the first password"), 200, "the first password at first")
    second = PasswordProfile(password="the second password", force_change_password_next_sign_in=True)
    equal(await service.user(user).patch(User(password_profile=second)), None, "the answer")
    equal(signed_in(service, "replaced", "the first password"), 422, "the first password then")
    equal(signed_in(service, "replaced", "the second password"), 200, "the second password then")
    short = User(password_profile=PasswordProfile(password="1234567"))
    await refused(service.user(user).patch(short), 400, "Request_BadRequest", "1234567")
    read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime")
    holds(read.sign_in_sessions_valid_from_date_time > read.created_date_time, "the sessions before are still valid")


@check("users: passwordProfile without a password leaves the password as it is")
async def change_at_next_sign_in(service):
    first = PasswordProfile(password="a password to stay", force_change_password_next_sign_in=False)
    user = await service.create("same-password", password_profile=first)
    changes = User(password_profile=PasswordProfile(force_change_password_next_sign_in=True))
    equal(await service.user(user).patch(changes), None, "the answer")
    equal(signed_in(service, "same-password", "a password to stay"), 200, "the password then")
    read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime")
    equal(read.sign_in_sessions_valid_from_date_time, read.created_date_time, "since when sessions are valid")


@check("users: what a directory owns is written by the directory only")
async def directory_owned(service):
    user = await service.create("synchronised", mobile_phone="+1 4255550114")
    call = service.user(user).patch(User(on_premises_sync_enabled=True))
    await refused(call, 403, "Authorization_RequestDenied")
    await service.directory.users.by_user_id(user.id).patch(User(on_premises_sync_enabled=True))
    equal((await selected(service, user.id, "onPremisesSyncEnabled")).on_premises_sync_enabled, True, "after it")
    for changes in [User(mobile_phone="+1 4255550115"), User(business_phones=["+1 4255550116"])]:
        await refused(service.user(user).patch(changes), 400, "Request_BadRequest", "5550115", "5550116")
    equal(await contacts(service, user), ("+1 4255550114", [], []), "after the refusals")
    await service.user(user).patch(User(other_mails=["g@example.org"]))
    await service.directory.users.by_user_id(user.id).patch(User(mobile_phone="+1 4255550117"))
    equal(await contacts(service, user), ("+1 4255550117", [], ["g@example.org"]), "after what is allowed")


@check("users: one is deleted")
async def delete(service):
    user = await service.create("deleted")
    equal(await service.user(user).delete(), None, "the answer")
    for key in [user.id, "deleted@contoso.example"]:
        await refused(service.administrator.users.by_user_id(key).get(), 404, "Request_ResourceNotFound")
    again = await service.create("deleted")
    holds(again.id != user.id, "a new user of the name has the old id")
