"""Refusals, as the client reports them."""

from msgraph.generated.models.user import User

from service import check, equal, holds, refused
from users import options


@check("errors: 400 Request_BadRequest for what a user does not have")
async def bad_request(service):
    user = await service.create("bad-request")
    for name, body in [
        ("shoeSize", User(additional_data={"shoeSize": 46})),
        ("mobilePhone", User(mobile_phone="425 555 0118")),
        ("aboutMe", User(about_me="4/2")),
    ]:
        message = await refused(service.user(user).patch(body), 400, "Request_BadRequest", "46", "0118", "4/2")
        holds(message.startswith(f"{name} "), f"the message does not name the property: {message}")
    await refused(service.administrator.users.post(User(display_name="Nameless")), 400, "Request_BadRequest")
    await refused(service.administrator.users.get(options(top=0)), 400, "Request_BadRequest")


@check("errors: 400 Request_UnsupportedQuery for options, operators and properties that are not supported")
async def unsupported_query(service):
    for wanted in [
        {"orderby": ["displayName"]},
        {"search": '"mail:a"'},
        {"count": True},
        {"top": 1000},
        {"select": ["password"]},
        {"expand": ["manager"]},
        {"filter": "jobTitle eq 'a'"},
        {"filter": "userPrincipalName ne 'a@contoso.example'"},
        {"filter": "endswith(userPrincipalName,'example')"},
    ]:
        await refused(service.administrator.users.get(options(**wanted)), 400, "Request_UnsupportedQuery")


@check("errors: 401 InvalidAuthenticationToken for a token that is none")
async def invalid_token(service):
    user = await service.create("invalid-token")
    valid = service.token({"permissions": ["User.ReadWrite.All"]})
    for token in ["not-a-token", valid[:-8], valid.rsplit(".", 1)[0] + "."]:
        client = service.client(token)
        for call in [client.users.get(), client.users.by_user_id(user.id).patch(User(display_name="Changed"))]:
            await refused(call, 401, "InvalidAuthenticationToken", token)
    equal((await service.user(user).get()).display_name, None, "displayName")


@check("errors: 403 Authorization_RequestDenied without the permission")
async def denied(service):
    user = await service.create("denied")
    reader = service.application(["User.Read.All"])
    equal((await reader.users.by_user_id(user.id).get()).id, user.id, "who was read")
    person = service.client(service.token({"userName": "denied@contoso.example"}))
    for call in [
        reader.users.by_user_id(user.id).patch(User(mobile_phone="+1 4255550119")),
        reader.users.by_user_id(user.id).delete(),
        reader.users.post(User(user_principal_name="denied-too@contoso.example")),
        service.application(["AuditLog.Read.All"]).users.get(),
        person.users.by_user_id(user.id).get(),
        person.users.by_user_id(user.id).patch(User(mobile_phone="+1 4255550119")),
    ]:
        await refused(call, 403, "Authorization_RequestDenied", "5550119")
    equal((await service.user(user).get()).mobile_phone, None, "mobilePhone")


@check("errors: 404 Request_ResourceNotFound for nobody")
async def not_found(service):
    for key in ["nobody@contoso.example", "A" * 22, "3179e48a-750b-4051-897c-87b9720928f7"]:
        nobody = service.administrator.users.by_user_id(key)
        for call in [nobody.get(), nobody.patch(User(display_name="Nobody")), nobody.delete()]:
            await refused(call, 404, "Request_ResourceNotFound", key)
