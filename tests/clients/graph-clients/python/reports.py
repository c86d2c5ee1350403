"""Reports on who is registered, and the audit."""

from datetime import datetime, timedelta

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.audit_logs.directory_audits.directory_audits_request_builder import DirectoryAuditsRequestBuilder
from msgraph.generated.models.operation_result import OperationResult
from msgraph.generated.models.sign_in_user_type import SignInUserType
from msgraph.generated.models.user import User
from msgraph.generated.reports.authentication_methods.user_registration_details.user_registration_details_request_builder import (
    UserRegistrationDetailsRequestBuilder,
)
from msgraph_core import PageIterator

from methods import MOBILE, OFFICE, email, phone, routes
from service import check, equal, holds, refused
from users import crowd, options

DetailsOptions = UserRegistrationDetailsRequestBuilder.UserRegistrationDetailsRequestBuilderGetQueryParameters
AuditOptions = DirectoryAuditsRequestBuilder.DirectoryAuditsRequestBuilderGetQueryParameters


def details(service, client=None):
    """The route of the report."""
    return (client or service.administrator).reports.authentication_methods.user_registration_details


def audits(service, client=None):
    """The route of the audit."""
    return (client or service.administrator).audit_logs.directory_audits


def wanted(options, **values):
    """A list's query options."""
    return RequestConfiguration(query_parameters=options(**values))


async def all_of(service, first):
    """All items of this page and the following pages."""
    everything = []

    def visit(item):
        everything.append(item)
        return True

    await PageIterator(first, service.administrator.request_adapter).iterate(visit)
    return everything


async def rows(service, **values):
    """The report's rows by userPrincipalName."""
    found = await all_of(service, await details(service).get(wanted(DetailsOptions, **values)))
    by_name = {row.user_principal_name: row for row in found}
    equal(len(by_name), len(found), "users and rows")
    return by_name


async def records(service, filter=None):
    """The audit's records."""
    return await all_of(service, await audits(service).get(wanted(AuditOptions, filter=filter)))


def about(records, user):
    """The records of one user."""
    return [record for record in records if any(target.id == user.id for target in record.target_resources)]


@check("reports: registration details of each user")
async def registration_details(service):
    registered = await service.create("reported", display_name="Rosa Reported")
    methods = routes(service, registered)
    await methods.phone_methods.post(phone("+1 4255550140", MOBILE))
    await methods.phone_methods.post(phone("+1 4255550141", OFFICE))
    await methods.email_methods.post(email("rosa@example.org"))
    on_file = await service.create("on-file", mobile_phone="+1 4255550142")
    bare = await service.create("bare")
    listed = await details(service).get()
    service.context(listed.additional_data["@odata.context"], "/reports/authenticationMethods/userRegistrationDetails")
    found = await rows(service)

    row = found["reported@contoso.example"]
    equal((row.id, row.user_display_name), (registered.id, "Rosa Reported"), "whose row it is")
    equal((row.user_type, row.is_admin), (SignInUserType.Member, False), "userType and isAdmin")
    equal(row.methods_registered, ["mobilePhone", "officePhone", "email"], "methodsRegistered")
    # Graph's report does not say which value a reset would use. This one does.
    equal(list(row.additional_data), ["reconfirmBy", "contacts"], "what the client has no property for")
    holds(isinstance(row.last_updated_date_time, datetime), "lastUpdatedDateTime is no time")
    expected = [(registered, (True, True, True)), (on_file, (False, True, True)), (bare, (False, True, False))]
    for user, values in expected:
        row = found[user.user_principal_name]
        states = (row.is_sspr_registered, row.is_sspr_enabled, row.is_sspr_capable)
        equal((row.id, states), (user.id, values), user.user_principal_name)
    for name in ["on-file@contoso.example", "bare@contoso.example"]:
        equal(found[name].methods_registered, [], name)


@check("reports: registration details page by page through nextLink")
async def details_pages(service):
    names = await crowd(service)
    page = await details(service).get(wanted(DetailsOptions, top=10))
    seen = []
    while page.odata_next_link is not None:
        # Disabled users are left out, so a page may be shorter than requested.
        holds(1 <= len(page.value) <= 10, f"a page of ten has {len(page.value)} rows, and another follows it")
        seen += [row.user_principal_name for row in page.value]
        begin = f"{service.graph}/reports/authenticationMethods/userRegistrationDetails?"
        holds(page.odata_next_link.startswith(begin), f"nextLink is {page.odata_next_link}")
        page = await details(service).with_url(page.odata_next_link).get()
    seen += [row.user_principal_name for row in page.value]
    equal(len(seen), len(set(seen)), "rows and users")
    equal(set(names) - set(seen), set(), "who is missing")


@check("reports: the client's own page iterator passes over disabled users")
async def iterate_over_disabled(service):
    for number in range(5):
        await service.create(f"disabled-{number}", account_enabled=False)
    users = service.administrator.users
    listed = await all_of(service, await users.get(options(select=["userPrincipalName", "accountEnabled"])))
    enabled = {user.user_principal_name for user in listed if user.account_enabled}
    # The pages are so small that at least one would contain only disabled users. The iterator ends at an empty page.
    first = await details(service).get(wanted(DetailsOptions, top=3))
    holds(1 <= len(first.value) <= 3, f"a page of three has {len(first.value)} rows")
    holds(first.odata_next_link, "there is only one page")
    visited = set(await rows(service, top=3))
    equal((sorted(enabled - visited), sorted(visited - enabled)), ([], []), "who was left out, and who is too many")


@check("reports: $filter finds who is registered")
async def filter_registered(service):
    user = await service.create("filtered-in")
    await routes(service, user).email_methods.post(email("filtered@example.org"))
    await service.create("filtered-out", other_mails=["filtered@example.org"])
    everybody = await rows(service)
    for filter, registered in [("isSsprRegistered eq true", True), ("isSsprRegistered eq false", False)]:
        found = await rows(service, filter=filter)
        expected = {name for name, row in everybody.items() if row.is_sspr_registered is registered}
        equal(set(found), expected, filter)
        equal("filtered-in@contoso.example" in found, registered, f"{filter}: who is registered")
        equal("filtered-out@contoso.example" in found, not registered, f"{filter}: who is not")


@check("reports: $filter finds by a method and by userPrincipalName")
async def filter_method(service):
    for name, id in [("has-mobile", MOBILE), ("has-office", OFFICE)]:
        await routes(service, await service.create(name)).phone_methods.post(phone("+1 4255550145", id))
    everybody = await rows(service)
    found = await rows(service, filter="methodsRegistered/any(m:m eq 'officePhone')")
    expected = {name for name, row in everybody.items() if "officePhone" in row.methods_registered}
    equal(set(found), expected, "who has an office phone")
    equal(["has-mobile@contoso.example" in found, "has-office@contoso.example" in found], [False, True], "of the two")
    found = await rows(service, filter="userPrincipalName eq 'Has-Mobile@contoso.example'")
    equal(list(found), ["has-mobile@contoso.example"], "whose name it is")


@check("reports: one user's registration details")
async def one_users_details(service):
    user = await service.create("one-row", display_name="Otto One-Row")
    row = await details(service).by_user_registration_details_id(user.id).get()
    equal((row.id, row.user_display_name), (user.id, "Otto One-Row"), "whose row it is")
    context = row.additional_data["@odata.context"]
    service.context(context, f"/reports/authenticationMethods/userRegistrationDetails/{user.id}")
    by_display_name = await rows(service, filter="startswith(userDisplayName,'otto')", orderby=["userPrincipalName"])
    equal(list(by_display_name), ["one-row@contoso.example"], "whose name begins so")
    equal(await rows(service, filter="isMfaRegistered eq true"), {}, "who uses more than a password")
    nobody = details(service).by_user_registration_details_id("A" * 22)
    await refused(nobody.get(), 404, "Request_ResourceNotFound")


@check("audit: what an administrator did is listed, newest first")
async def list_audit(service):
    user = await service.create("audited", mobile_phone="+1 4255550143")
    await service.user(user).patch(User(mobile_phone="+1 4255550144"))
    await routes(service, user).email_methods.post(email("audited@example.org"))
    await service.user(user).delete()
    listed = await audits(service).get()
    service.context(listed.additional_data["@odata.context"], "/auditLogs/directoryAudits")
    everything = await records(service)
    moments = [record.activity_date_time for record in everything]
    equal(moments, sorted(moments, reverse=True), "the order")
    equal(len({record.id for record in everything}), len(everything), "ids and records")

    found = about(everything, user)
    activities = ["Delete user", "Admin registered security info", "Update user", "Add user"]
    equal([record.activity_display_name for record in found], activities, "the activities")
    for record in found:
        equal((record.result, record.category), (OperationResult.Success, "UserManagement"), "result and category")
        equal(record.initiated_by.user, None, "the user who did it")
        holds(record.initiated_by.app.app_id or record.initiated_by.app.display_name, "the application has no name")
        holds(record.correlation_id, "there is no correlationId")
        target = record.target_resources[0]
        equal((target.type, target.user_principal_name), ("User", "audited@contoso.example"), "the target")
    services = ["Core Directory", "Authentication Methods", "Core Directory", "Core Directory"]
    equal([record.logged_by_service for record in found], services, "the services")
    change = found[2].target_resources[0].modified_properties[0]
    equal(change.display_name, "mobilePhone", "what was changed")
    values = (change.old_value, change.new_value)
    equal([value.strip('"') for value in values], ["+1 ********43", "+1 ********44"], "the values, masked")


@check("audit: page by page through nextLink")
async def audit_pages(service):
    await crowd(service)
    everything = [record.id for record in await records(service)]
    page = await audits(service).get(wanted(AuditOptions, top=10))
    seen = []
    while page.odata_next_link is not None:
        equal(len(page.value), 10, "the size of a page that is not the last")
        seen += [record.id for record in page.value]
        begin = f"{service.graph}/auditLogs/directoryAudits?"
        holds(page.odata_next_link.startswith(begin), f"nextLink is {page.odata_next_link}")
        page = await audits(service).with_url(page.odata_next_link).get()
    equal(seen + [record.id for record in page.value], everything, "the records")


@check("audit: $filter finds by activityDateTime")
async def filter_time(service):
    earlier = await service.create("earlier")
    service.advance(60)
    later = await service.create("later")
    [after] = about(await records(service), later)
    moment = after.activity_date_time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    before = (after.activity_date_time - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for filter, has_earlier, has_later in [
        (f"activityDateTime ge {moment}", False, True),
        (f"activityDateTime ge {before}", False, True),
        (f"activityDateTime le {moment}", True, True),
        (f"activityDateTime le {before}", True, False),
    ]:
        found = await records(service, filter)
        equal([len(about(found, user)) for user in [earlier, later]], [has_earlier, has_later], filter)


@check("audit: $filter finds by activityDisplayName")
async def filter_activity(service):
    user = await service.create("by-activity")
    await service.user(user).patch(User(job_title="Archivist"))
    everything = await records(service)
    for activity in ["Add user", "Update user", "Delete user"]:
        found = await records(service, f"activityDisplayName eq '{activity}'")
        expected = [record.id for record in everything if record.activity_display_name == activity]
        holds(expected, f"there is no {activity}")
        equal([record.id for record in found], expected, activity)


@check("audit: $filter finds by user")
async def filter_user(service):
    users = [await service.create(name) for name in ["by-user", "by-other-user"]]
    for user in users:
        await service.user(user).patch(User(job_title="Archivist"))
    target = f"targetResources/any(t:t/id eq '{users[0].id}')"
    expected = about(await records(service), users[0])
    equal([record.activity_display_name for record in expected], ["Update user", "Add user"], "the activities")
    for filter, found in [(target, expected), (f"{target} and activityDisplayName eq 'Add user'", expected[1:])]:
        equal([record.id for record in await records(service, filter)], [record.id for record in found], filter)


@check("audit: $filter finds by id and by how a name or an activity begins")
async def filter_beginning(service):
    user = await service.create("by-beginning")
    await service.user(user).patch(User(job_title="Archivist"))
    [changed, added] = about(await records(service), user)
    for filter, found in [
        (f"id eq '{added.id}'", [added]),
        ("targetResources/any(t:startswith(t/userPrincipalName,'by-beginning'))", [changed, added]),
        (f"(targetResources/any(t:t/id eq '{user.id}')) and (startswith(activityDisplayName,'Upd'))", [changed]),
        (f"targetResources/any(t:t/id eq '{user.id}') and result eq 'timeout'", []),
    ]:
        equal([record.id for record in await records(service, filter)], [record.id for record in found], filter)


@check("reports: and the audit need AuditLog.Read.All, and refuse what they do not support")
async def denied(service):
    other = service.application(["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"])
    person = service.client(service.token({"userName": (await service.create("reader")).user_principal_name}))
    for client in [other, person]:
        await refused(details(service, client).get(), 403, "Authorization_RequestDenied")
        await refused(audits(service, client).get(), 403, "Authorization_RequestDenied")
    for options in [{"search": '"reader"'}, {"filter": "isMfaCapable ne true or isAdmin eq true"}]:
        call = details(service).get(wanted(DetailsOptions, **options))
        await refused(call, 400, "Request_UnsupportedQuery")
    for options in [{"search": '"reader"'}, {"filter": "loggedByService ne 'Core Directory'"}]:
        await refused(audits(service).get(wanted(AuditOptions, **options)), 400, "Request_UnsupportedQuery")
