// Authentication methods: phones and addresses that are registered for a user.
const assert = require("node:assert/strict");
const { check, refused } = require("./service.cjs");

// The ids that every user's methods have in Graph.
const MOBILE = "3179e48a-750b-4051-897c-87b9720928f7";
const ALTERNATE = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const OFFICE = "e37fc753-ff3b-4958-9484-eaa9425c82bc";
const EMAIL = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";
const PASSWORD = "28c10230-6103-485e-b985-444c60001490";

const TYPES = { [MOBILE]: "mobile", [ALTERNATE]: "alternateMobile", [OFFICE]: "office" };

const phone = (phoneNumber, id) => ({ phoneNumber, phoneType: TYPES[id] });

/** A phone, as it is answered. */
const answered = (number, id) => ({ id, ...phone(number, id), smsSignInState: "notSupported" });

/** Requests about a user's methods. */
function routes(service, user, client = service.administrator) {
  return (path) => client.api(`/users/${user.id}/authentication/${path}`);
}

/** The registered phones by their ids. */
async function phones(methods) {
  const { value } = await methods("phoneMethods").get();
  for (const method of value) {
    assert.deepEqual(method, answered(method.phoneNumber, method.id));
  }
  return Object.fromEntries(value.map((method) => [method.id, method.phoneNumber]));
}

/** The registered addresses by their ids. */
async function emails(methods) {
  const { value } = await methods("emailMethods").get();
  return Object.fromEntries(value.map((method) => [method.id, method.emailAddress]));
}

/** A user with one method of each type. */
async function everything(service, name) {
  const passwordProfile = { password: "a first password", forceChangePasswordNextSignIn: false };
  const user = await service.create(name, { passwordProfile });
  const methods = routes(service, user);
  await methods("phoneMethods").post(phone("+1 4255550130", MOBILE));
  await methods("phoneMethods").post(phone("+1 4255550131", ALTERNATE));
  await methods("phoneMethods").post(phone("+44 2071838750", OFFICE));
  await methods("emailMethods").post({ emailAddress: "all@example.org" });
  return user;
}

check("methods: phones of all three types are set, listed and read", async (service) => {
  const user = await service.create("phones", { mobilePhone: "+1 4255550120" });
  const methods = routes(service, user);
  const path = `/users/${user.id}/authentication/phoneMethods`;
  assert.deepEqual(service.context(await methods("phoneMethods").get(), path), { value: [] });
  const numbers = { [MOBILE]: "+1 4255550121", [ALTERNATE]: "+1 4255550122", [OFFICE]: "+1 4255550123" };
  for (const [id, number] of Object.entries(numbers)) {
    const made = await methods("phoneMethods").post(phone(number, id));
    assert.deepEqual(service.context(made, path), answered(number, id));
  }
  assert.deepEqual(await phones(methods), numbers);
  for (const [id, number] of Object.entries(numbers)) {
    const read = await methods(`phoneMethods/${id}`).get();
    assert.deepEqual(service.context(read, `${path}/${id}`), answered(number, id));
  }
  assert.equal((await service.user(user).get()).mobilePhone, "+1 4255550120");
});

check("methods: an address is set, listed and read", async (service) => {
  const user = await service.create("email", { otherMails: ["profile@example.org"] });
  const methods = routes(service, user);
  const path = `/users/${user.id}/authentication/emailMethods`;
  assert.deepEqual(service.context(await methods("emailMethods").get(), path), { value: [] });
  const method = { id: EMAIL, emailAddress: "method@example.org" };
  const made = await methods("emailMethods").post({ emailAddress: "method@example.org" });
  assert.deepEqual(service.context(made, path), method);
  assert.deepEqual(service.context(await methods("emailMethods").get(), path), { value: [method] });
  const read = await methods(`emailMethods/${EMAIL}`).get();
  assert.deepEqual(service.context(read, `${path}/${EMAIL}`), method);
});

check("methods: by userPrincipalName as well", async (service) => {
  const user = await service.create("methods-by-name");
  const byName = "/users/Methods-By-Name@contoso.example/authentication/phoneMethods";
  await service.administrator.api(byName).post(phone("+14255550124", MOBILE));
  assert.deepEqual(await phones(routes(service, user)), { [MOBILE]: "+1 4255550124" });
});

check("methods: phones and the address are changed", async (service) => {
  const methods = routes(service, await everything(service, "methods-changed"));
  const numbers = { [MOBILE]: "+1 4255550125", [ALTERNATE]: "+1 4255550126", [OFFICE]: "+1 4255550127" };
  for (const [id, number] of Object.entries(numbers)) {
    assert.equal(await methods(`phoneMethods/${id}`).patch(phone(number, id)), undefined);
  }
  assert.equal(await methods(`emailMethods/${EMAIL}`).patch({ emailAddress: "changed@example.org" }), undefined);
  assert.deepEqual(await phones(methods), numbers);
  assert.deepEqual(await emails(methods), { [EMAIL]: "changed@example.org" });
});

check("methods: the type of a phone does not change", async (service) => {
  const methods = routes(service, await everything(service, "methods-type"));
  const change = methods(`phoneMethods/${MOBILE}`).patch(phone("+1 4255550128", OFFICE));
  await refused(change, 400, "Request_BadRequest", "5550128");
  assert.equal((await phones(methods))[MOBILE], "+1 4255550130");
});

check("methods: phones and the address are deleted", async (service) => {
  const methods = routes(service, await everything(service, "methods-deleted"));
  for (const path of [ALTERNATE, MOBILE, OFFICE].map((id) => `phoneMethods/${id}`).concat(`emailMethods/${EMAIL}`)) {
    assert.equal(await methods(path).delete(), undefined);
    await refused(methods(path).get(), 404, "Request_ResourceNotFound");
  }
  assert.deepEqual([await phones(methods), await emails(methods)], [{}, {}]);
});

check("methods: the list of all of them has their types", async (service) => {
  const user = await everything(service, "methods-all");
  const listed = await routes(service, user)("methods").get();
  const { value, ...rest } = service.context(listed, `/users/${user.id}/authentication/methods`);
  assert.deepEqual(rest, {});
  const found = Object.fromEntries(value.map((method) => [method.id, method]));
  assert.equal(value.length, 5);
  const typed = (type, method) => ({ "@odata.type": `#microsoft.graph.${type}AuthenticationMethod`, ...method });
  assert.deepEqual(found[MOBILE], typed("phone", answered("+1 4255550130", MOBILE)));
  assert.deepEqual(found[ALTERNATE], typed("phone", answered("+1 4255550131", ALTERNATE)));
  assert.deepEqual(found[OFFICE], typed("phone", answered("+44 2071838750", OFFICE)));
  assert.deepEqual(found[EMAIL], typed("email", { id: EMAIL, emailAddress: "all@example.org" }));
  assert.equal(found[PASSWORD]["@odata.type"], "#microsoft.graph.passwordAuthenticationMethod");
  assert.equal(found[PASSWORD].password, null);
});

check("methods: alternateMobile needs mobile", async (service) => {
  const methods = routes(service, await service.create("alternate-alone"));
  const call = methods("phoneMethods").post(phone("+1 4255550132", ALTERNATE));
  await refused(call, 400, "Request_BadRequest", "5550132");
  assert.deepEqual(await phones(methods), {});
});

check("methods: mobile is not deleted while there is alternateMobile", async (service) => {
  const methods = routes(service, await everything(service, "mobile-kept"));
  await refused(methods(`phoneMethods/${MOBILE}`).delete(), 400, "Request_BadRequest");
  assert.equal((await phones(methods))[MOBILE], "+1 4255550130");
  await methods(`phoneMethods/${ALTERNATE}`).delete();
  await methods(`phoneMethods/${MOBILE}`).delete();
  assert.deepEqual(await phones(methods), { [OFFICE]: "+44 2071838750" });
});

check("methods: a second one of a type is refused", async (service) => {
  const methods = routes(service, await everything(service, "methods-twice"));
  const before = await phones(methods);
  for (const id of Object.keys(TYPES)) {
    const call = methods("phoneMethods").post(phone("+1 4255550133", id));
    await refused(call, 400, "Request_BadRequest", "5550133");
  }
  const call = methods("emailMethods").post({ emailAddress: "twice@example.org" });
  await refused(call, 400, "Request_BadRequest", "twice@");
  assert.deepEqual([await phones(methods), await emails(methods)], [before, { [EMAIL]: "all@example.org" }]);
});

check("methods: what cannot be a phone or an address is refused", async (service) => {
  const methods = routes(service, await service.create("methods-bad"));
  for (const number of ["425 555 0134", "+1 900 5550134", "+1 4255550134x".padEnd(65, "1")]) {
    const call = methods("phoneMethods").post(phone(number, MOBILE));
    await refused(call, 400, "Request_BadRequest", "5550134");
  }
  const call = methods("phoneMethods").post({ phoneNumber: "+1 4255550134" });
  await refused(call, 400, "Request_BadRequest", "5550134");
  await refused(methods("emailMethods").post({ emailAddress: "nobody" }), 400, "Request_BadRequest");
  assert.deepEqual([await phones(methods), await emails(methods)], [{}, {}]);
});

check("methods: what is not there is not found", async (service) => {
  const methods = routes(service, await service.create("methods-absent"));
  await methods("phoneMethods").post(phone("+1 4255550135", MOBILE));
  const absent = async (request, change) => {
    await refused(request().get(), 404, "Request_ResourceNotFound");
    await refused(request().delete(), 404, "Request_ResourceNotFound");
    await refused(request().patch(change), 404, "Request_ResourceNotFound", "5550136", "absent@");
  };
  for (const id of [OFFICE, EMAIL, PASSWORD, "x"]) {
    await absent(() => methods(`phoneMethods/${id}`), { phoneNumber: "+1 4255550136" });
  }
  await absent(() => methods(`emailMethods/${EMAIL}`), { emailAddress: "absent@example.org" });
  const nobody = routes(service, { id: "nobody@contoso.example" });
  for (const path of ["methods", "phoneMethods", "emailMethods"]) {
    await refused(nobody(path).get(), 404, "Request_ResourceNotFound", "nobody@");
  }
  const number = nobody("phoneMethods").post(phone("+1 4255550136", MOBILE));
  await refused(number, 404, "Request_ResourceNotFound", "nobody@", "5550136");
  const address = nobody("emailMethods").post({ emailAddress: "absent@example.org" });
  await refused(address, 404, "Request_ResourceNotFound", "nobody@", "absent@");
});

check("methods: who may only read them sees them masked", async (service) => {
  const user = await everything(service, "methods-masked");
  const reader = routes(service, user, await service.application(["UserAuthenticationMethod.Read.All"]));
  const numbers = { [MOBILE]: "+1 ********30", [ALTERNATE]: "+1 ********31", [OFFICE]: "+44 ********50" };
  assert.deepEqual(await phones(reader), numbers);
  for (const [id, number] of Object.entries(numbers)) {
    assert.equal((await reader(`phoneMethods/${id}`).get()).phoneNumber, number);
  }
  assert.deepEqual(await emails(reader), { [EMAIL]: "a***@***" });
  assert.equal((await reader(`emailMethods/${EMAIL}`).get()).emailAddress, "a***@***");
  const { value } = await reader("methods").get();
  const shown = value.map((method) => [method.id, method.phoneNumber ?? method.emailAddress ?? method.password]);
  assert.deepEqual(Object.fromEntries(shown), { ...numbers, [EMAIL]: "a***@***", [PASSWORD]: null });
});

check("methods: who may only read them, or has neither permission, is denied", async (service) => {
  const user = await everything(service, "methods-denied");
  const reader = routes(service, user, await service.application(["UserAuthenticationMethod.Read.All"]));
  const other = routes(service, user, await service.application(["User.ReadWrite.All", "AuditLog.Read.All"]));
  const token = await service.token({ userName: "methods-denied@contoso.example" });
  const person = routes(service, user, service.client(token));
  for (const call of [
    () => reader("phoneMethods").post(phone("+1 4255550137", MOBILE)),
    () => reader(`phoneMethods/${MOBILE}`).patch(phone("+1 4255550137", MOBILE)),
    () => reader(`phoneMethods/${MOBILE}`).delete(),
    () => reader("emailMethods").post({ emailAddress: "denied@example.org" }),
    () => reader(`emailMethods/${EMAIL}`).patch({ emailAddress: "denied@example.org" }),
    () => reader(`emailMethods/${EMAIL}`).delete(),
    () => other("methods").get(),
    () => other("phoneMethods").get(),
    () => other(`phoneMethods/${OFFICE}`).delete(),
    () => other("emailMethods").get(),
    () => person("methods").get(),
    () => person(`phoneMethods/${OFFICE}`).delete(),
  ]) {
    await refused(call(), 403, "Authorization_RequestDenied", "5550137", "denied@");
  }
  const methods = routes(service, user);
  const numbers = { [MOBILE]: "+1 4255550130", [ALTERNATE]: "+1 4255550131", [OFFICE]: "+44 2071838750" };
  assert.deepEqual([await phones(methods), await emails(methods)], [numbers, { [EMAIL]: "all@example.org" }]);
});

module.exports = { MOBILE, OFFICE, phone, routes };
