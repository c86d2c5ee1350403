"""Authentication methods: phones and addresses that are registered for a user."""

from msgraph.generated.models.authentication_phone_type import AuthenticationPhoneType
from msgraph.generated.models.email_authentication_method import EmailAuthenticationMethod
from msgraph.generated.models.password_authentication_method import PasswordAuthenticationMethod
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.phone_authentication_method import PhoneAuthenticationMethod

from service import check, equal, refused

# The ids that every user's methods have in Graph.
MOBILE = "3179e48a-750b-4051-897c-87b9720928f7"
ALTERNATE = "b6332ec1-7057-4abe-9331-3d72feddfe41"
OFFICE = "e37fc753-ff3b-4958-9484-eaa9425c82bc"
EMAIL = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
PASSWORD = "28c10230-6103-485e-b985-444c60001490"

TYPES = {
    MOBILE: AuthenticationPhoneType.Mobile,
    ALTERNATE: AuthenticationPhoneType.AlternateMobile,
    OFFICE: AuthenticationPhoneType.Office,
}


def phone(number, id):
    """A phone, as it is written."""
    return PhoneAuthenticationMethod(phone_number=number, phone_type=TYPES[id])


def email(address):
    """An address, as it is written."""
    return EmailAuthenticationMethod(email_address=address)


def routes(service, user, client=None):
    """The routes of a user's methods."""
    return (client or service.administrator).users.by_user_id(user.id).authentication


async def phones(routes):
    """The registered phones by their ids."""
    listed = await routes.phone_methods.get()
    for method in listed.value:
        equal(method.phone_type, TYPES[method.id], "phoneType")
        equal(method.additional_data, {}, "what the client has no property for")
    return {method.id: method.phone_number for method in listed.value}


async def emails(routes):
    """The registered addresses by their ids."""
    listed = await routes.email_methods.get()
    return {method.id: method.email_address for method in listed.value}


async def everything(service, name):
    """The routes of a user with one method of each type."""
    profile = PasswordProfile(password="a first password", force_change_password_next_sign_in=False)
    user = await service.create(name, password_profile=profile)
    methods = routes(service, user)
    await methods.phone_methods.post(phone("+1 4255550130", MOBILE))
    await methods.phone_methods.post(phone("+1 4255550131", ALTERNATE))
    await methods.phone_methods.post(phone("+44 2071838750", OFFICE))
    await methods.email_methods.post(email("all@example.org"))
    return user, methods


@check("methods: phones of all three types are set, listed and read")
async def set_phones(service):
    user = await service.create("phones", mobile_phone="+1 4255550120")
    methods = routes(service, user)
    equal((await methods.phone_methods.get()).value, [], "at first")
    numbers = {MOBILE: "+1 4255550121", ALTERNATE: "+1 4255550122", OFFICE: "+1 4255550123"}
    for id, number in numbers.items():
        made = await methods.phone_methods.post(phone(number, id))
        equal((made.id, made.phone_number, made.phone_type), (id, number, TYPES[id]), "what was made")
        path = f"/users/{user.id}/authentication/phoneMethods"
        service.context(made.additional_data.pop("@odata.context"), path)
        equal(made.additional_data, {}, "what the client has no property for")
    equal(await phones(methods), numbers, "the list")
    for id, number in numbers.items():
        read = await methods.phone_methods.by_phone_authentication_method_id(id).get()
        equal((read.id, read.phone_number, read.phone_type), (id, number, TYPES[id]), "what was read")
    equal((await service.user(user).get()).mobile_phone, "+1 4255550120", "the profile's own number")


@check("methods: an address is set, listed and read")
async def set_email(service):
    user = await service.create("email", other_mails=["profile@example.org"])
    methods = routes(service, user)
    equal((await methods.email_methods.get()).value, [], "at first")
    made = await methods.email_methods.post(email("method@example.org"))
    equal((made.id, made.email_address), (EMAIL, "method@example.org"), "what was made")
    service.context(made.additional_data["@odata.context"], f"/users/{user.id}/authentication/emailMethods")
    equal(await emails(methods), {EMAIL: "method@example.org"}, "the list")
    read = await methods.email_methods.by_email_authentication_method_id(EMAIL).get()
    equal((read.id, read.email_address), (EMAIL, "method@example.org"), "what was read")


@check("methods: by userPrincipalName as well")
async def by_name(service):
    user = await service.create("methods-by-name")
    by_name = service.administrator.users.by_user_id("Methods-By-Name@contoso.example").authentication
    await by_name.phone_methods.post(phone("+14255550124", MOBILE))
    equal(await phones(routes(service, user)), {MOBILE: "+1 4255550124"}, "the list")


@check("methods: phones and the address are changed")
async def change(service):
    _, methods = await everything(service, "methods-changed")
    numbers = {MOBILE: "+1 4255550125", ALTERNATE: "+1 4255550126", OFFICE: "+1 4255550127"}
    for id, number in numbers.items():
        one = methods.phone_methods.by_phone_authentication_method_id(id)
        equal(await one.patch(phone(number, id)), None, "the answer")
    one = methods.email_methods.by_email_authentication_method_id(EMAIL)
    equal(await one.patch(email("changed@example.org")), None, "the answer")
    equal(await phones(methods), numbers, "the phones")
    equal(await emails(methods), {EMAIL: "changed@example.org"}, "the address")


@check("methods: the type of a phone does not change")
async def change_type(service):
    _, methods = await everything(service, "methods-type")
    one = methods.phone_methods.by_phone_authentication_method_id(MOBILE)
    await refused(one.patch(phone("+1 4255550128", OFFICE)), 400, "Request_BadRequest", "5550128")
    equal((await phones(methods))[MOBILE], "+1 4255550130", "the number")


@check("methods: phones and the address are deleted")
async def delete(service):
    _, methods = await everything(service, "methods-deleted")
    for id in [ALTERNATE, MOBILE, OFFICE]:
        one = methods.phone_methods.by_phone_authentication_method_id(id)
        equal(await one.delete(), None, "the answer")
        await refused(one.get(), 404, "Request_ResourceNotFound")
    one = methods.email_methods.by_email_authentication_method_id(EMAIL)
    equal(await one.delete(), None, "the answer")
    await refused(one.get(), 404, "Request_ResourceNotFound")
    equal((await phones(methods), await emails(methods)), ({}, {}), "the lists")


@check("methods: the list of all of them has their types")
async def polymorphic(service):
    user, methods = await everything(service, "methods-all")
    listed = await methods.methods.get()
    service.context(listed.additional_data["@odata.context"], f"/users/{user.id}/authentication/methods")
    equal(
        {method.id: type(method) for method in listed.value},
        {
            MOBILE: PhoneAuthenticationMethod,
            ALTERNATE: PhoneAuthenticationMethod,
            OFFICE: PhoneAuthenticationMethod,
            EMAIL: EmailAuthenticationMethod,
            PASSWORD: PasswordAuthenticationMethod,
        },
        "the types",
    )
    found = {method.id: method for method in listed.value}
    numbers = {id: (found[id].phone_number, found[id].phone_type) for id in TYPES}
    mobile, alternate, office = TYPES.values()
    expected = {MOBILE: ("+1 4255550130", mobile), ALTERNATE: ("+1 4255550131", alternate)}
    equal(numbers, expected | {OFFICE: ("+44 2071838750", office)}, "the phones")
    equal((found[EMAIL].email_address, found[PASSWORD].password), ("all@example.org", None), "the address and password")
    for method in listed.value:
        equal(method.additional_data, {}, "what the client has no property for")


@check("methods: alternateMobile needs mobile")
async def alternate_alone(service):
    methods = routes(service, await service.create("alternate-alone"))
    call = methods.phone_methods.post(phone("+1 4255550132", ALTERNATE))
    await refused(call, 400, "Request_BadRequest", "5550132")
    equal(await phones(methods), {}, "the phones")


@check("methods: mobile is not deleted while there is alternateMobile")
async def delete_mobile(service):
    _, methods = await everything(service, "mobile-kept")
    mobile = methods.phone_methods.by_phone_authentication_method_id(MOBILE)
    await refused(mobile.delete(), 400, "Request_BadRequest")
    equal((await phones(methods))[MOBILE], "+1 4255550130", "the number")
    await methods.phone_methods.by_phone_authentication_method_id(ALTERNATE).delete()
    await mobile.delete()
    equal(await phones(methods), {OFFICE: "+44 2071838750"}, "the phones then")


@check("methods: a second one of a type is refused")
async def duplicate(service):
    _, methods = await everything(service, "methods-twice")
    before = await phones(methods)
    for id in TYPES:
        call = methods.phone_methods.post(phone("+1 4255550133", id))
        await refused(call, 400, "Request_BadRequest", "5550133")
    await refused(methods.email_methods.post(email("twice@example.org")), 400, "Request_BadRequest", "twice@")
    equal((await phones(methods), await emails(methods)), (before, {EMAIL: "all@example.org"}), "the methods")


@check("methods: what cannot be a phone or an address is refused")
async def malformed(service):
    methods = routes(service, await service.create("methods-bad"))
    for number in ["425 555 0134", "+1 900 5550134", "+1 4255550134x".ljust(65, "1")]:
        await refused(methods.phone_methods.post(phone(number, MOBILE)), 400, "Request_BadRequest", "5550134")
    call = methods.phone_methods.post(PhoneAuthenticationMethod(phone_number="+1 4255550134"))
    await refused(call, 400, "Request_BadRequest", "5550134")
    await refused(methods.email_methods.post(email("nobody")), 400, "Request_BadRequest")
    equal((await phones(methods), await emails(methods)), ({}, {}), "the methods")


@check("methods: what is not there is not found")
async def absent(service):
    methods = routes(service, await service.create("methods-absent"))
    await methods.phone_methods.post(phone("+1 4255550135", MOBILE))
    for id in [OFFICE, EMAIL, PASSWORD, "x"]:
        one = methods.phone_methods.by_phone_authentication_method_id(id)
        for call in [one.get, one.delete, lambda: one.patch(PhoneAuthenticationMethod(phone_number="+1 4255550136"))]:
            await refused(call(), 404, "Request_ResourceNotFound", "5550136")
    one = methods.email_methods.by_email_authentication_method_id(EMAIL)
    for call in [one.get, one.delete, lambda: one.patch(email("absent@example.org"))]:
        await refused(call(), 404, "Request_ResourceNotFound", "absent@")
    nobody = service.administrator.users.by_user_id("nobody@contoso.example").authentication
    for call in [
        nobody.methods.get,
        nobody.phone_methods.get,
        nobody.email_methods.get,
        lambda: nobody.phone_methods.post(phone("+1 4255550136", MOBILE)),
        lambda: nobody.email_methods.post(email("absent@example.org")),
    ]:
        await refused(call(), 404, "Request_ResourceNotFound", "nobody@", "5550136", "absent@")


@check("methods: who may only read them sees them masked")
async def masked(service):
    user, _ = await everything(service, "methods-masked")
    reader = routes(service, user, service.application(["UserAuthenticationMethod.Read.All"]))
    numbers = {MOBILE: "+1 ********30", ALTERNATE: "+1 ********31", OFFICE: "+44 ********50"}
    equal(await phones(reader), numbers, "the list of phones")
    for id, number in numbers.items():
        read = await reader.phone_methods.by_phone_authentication_method_id(id).get()
        equal((read.phone_number, read.phone_type), (number, TYPES[id]), "one phone")
    equal(await emails(reader), {EMAIL: "a***@***"}, "the list of addresses")
    read = await reader.email_methods.by_email_authentication_method_id(EMAIL).get()
    equal(read.email_address, "a***@***", "one address")
    found = {method.id: method for method in (await reader.methods.get()).value}
    equal({id: found[id].phone_number for id in TYPES}, numbers, "the phones among all")
    equal(found[EMAIL].email_address, "a***@***", "the address among all")


@check("methods: who may only read them, or has neither permission, is denied")
async def denied(service):
    user, methods = await everything(service, "methods-denied")
    reader = routes(service, user, service.application(["UserAuthenticationMethod.Read.All"]))
    mobile = reader.phone_methods.by_phone_authentication_method_id(MOBILE)
    address = reader.email_methods.by_email_authentication_method_id(EMAIL)
    other = routes(service, user, service.application(["User.ReadWrite.All", "AuditLog.Read.All"]))
    person = routes(service, user, service.client(service.token({"userName": "methods-denied@contoso.example"})))
    for call in [
        lambda: reader.phone_methods.post(phone("+1 4255550137", MOBILE)),
        lambda: mobile.patch(phone("+1 4255550137", MOBILE)),
        mobile.delete,
        lambda: reader.email_methods.post(email("denied@example.org")),
        lambda: address.patch(email("denied@example.org")),
        address.delete,
        other.methods.get,
        other.phone_methods.get,
        other.phone_methods.by_phone_authentication_method_id(OFFICE).delete,
        other.email_methods.get,
        person.methods.get,
        person.phone_methods.by_phone_authentication_method_id(OFFICE).delete,
    ]:
        await refused(call(), 403, "Authorization_RequestDenied", "5550137", "denied@")
    numbers = {MOBILE: "+1 4255550130", ALTERNATE: "+1 4255550131", OFFICE: "+44 2071838750"}
    equal((await phones(methods), await emails(methods)), (numbers, {EMAIL: "all@example.org"}), "the methods")
