// Users: creating, reading, listing, changing and deleting them.
const assert = require("node:assert/strict");
const { PageIterator } = require("@microsoft/microsoft-graph-client");
const { check, refused } = require("./service.cjs");

// More than two pages of ten.
const CROWD = Array.from({ length: 26 }, (_, number) => `crowd-${String(number).padStart(2, "0")}@contoso.example`);
const NOBODY = { businessPhones: [], givenName: null, jobTitle: null, mail: null, mobilePhone: null };
const NAMELESS = { ...NOBODY, displayName: null, mailNickname: null, preferredLanguage: null, surname: null };
const PLACE = { city: null, country: null, officeLocation: null, postalCode: null, state: null, streetAddress: null };
const WORK = { companyName: null, department: null, employeeId: null, employeeType: null, faxNumber: null };
const PLAIN = { ...NAMELESS, ...PLACE, ...WORK, accountEnabled: true, usageLocation: null };

/** A user with these properties only. */
async function selected(service, key, ...properties) {
  const user = await service.administrator.api(`/users/${key}`).select(properties).get();
  return service.context(user, `/users/${key}`);
}

/** A user's three contact fields. */
function contacts(service, user) {
  return selected(service, user.id, "mobilePhone", "businessPhones", "otherMails");
}

/** The names of the users to page through, created once. */
async function crowd(service) {
  const first = await service.administrator.api("/users").filter(`userPrincipalName eq '${CROWD[0]}'`).get();
  if (first.value.length === 0) {
    for (const name of CROWD) {
      await service.administrator.api("/users").post({ userPrincipalName: name, displayName: name.slice(0, 8) });
    }
  }
  return CROWD;
}

const names = (users) => users.map((user) => user.userPrincipalName);

/** The status with which the service answers a check of this password. */
async function signedIn(service, name, password) {
  const token = await service.token({ permissions: ["Credentials.Check"] });
  const body = { userName: `${name}@contoso.example`, password };
  return (await service.send("/v1/credentials/verifications", body, token)).status;
}

check("users: one is created", async (service) => {
  const given = {
    displayName: "Ines Created",
    accountEnabled: true,
    mailNickname: "created",
    mobilePhone: "+1 4255550101",
    businessPhones: ["+1 4255550102"],
    otherMails: ["created@example.org"],
    givenName: "Ines",
    surname: "Created",
    mail: "created@contoso.example",
    jobTitle: "Archivist",
    preferredLanguage: "en",
    usageLocation: "US",
  };
  const passwordProfile = { password: "a first password", forceChangePasswordNextSignIn: false };
  const { id, ...user } = await service.create("Created", { ...given, passwordProfile });
  assert.match(id, /^[\w-]{16,}$/);
  const { signInSessionsValidFromDateTime, ...rest } = service.context(user, "/users");
  const expected = { ...PLAIN, ...given, userPrincipalName: "Created@contoso.example" };
  assert.deepEqual(rest, expected);
  const { otherMails, ...read } = { ...expected, id, signInSessionsValidFromDateTime };
  assert.deepEqual(service.context(await service.user({ id }).get(), `/users/${id}`), read);
  assert.equal(await signedIn(service, "created", "a first password"), 200);
});

check("users: one is read by id", async (service) => {
  const user = await service.create("by-id", { displayName: "Ivo By-Id", mobilePhone: "+1 4255550103" });
  const read = service.context(await service.user(user).get(), `/users/${user.id}`);
  assert.equal(read.signInSessionsValidFromDateTime, user.signInSessionsValidFromDateTime);
  delete read.signInSessionsValidFromDateTime;
  const given = { displayName: "Ivo By-Id", mobilePhone: "+1 4255550103" };
  assert.deepEqual(read, { ...PLAIN, ...given, id: user.id, userPrincipalName: "by-id@contoso.example" });
});

check("users: one is read by userPrincipalName, in any case", async (service) => {
  const user = await service.create("o'by-name", { displayName: "Nora By-Name" });
  for (const key of ["o'by-name@contoso.example", "O'BY-NAME@Contoso.example"]) {
    const read = await service.administrator.api(`/users/${key}`).get();
    assert.deepEqual([read.id, read.displayName], [user.id, "Nora By-Name"], key);
  }
});

check("users: otherMails and onPremisesSyncEnabled come only with $select", async (service) => {
  const otherMails = ["sol@example.org", "s@example.org"];
  const user = await service.create("select", { displayName: "Sol Select", otherMails });
  const plain = await service.user(user).get();
  assert.deepEqual([plain.otherMails, plain.onPremisesSyncEnabled], [undefined, undefined]);
  const read = await selected(service, user.id, "otherMails", "onPremisesSyncEnabled");
  assert.deepEqual(read, { otherMails, onPremisesSyncEnabled: false });
});

check("users: times are read as times", async (service) => {
  const user = await service.create("times");
  const read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime");
  assert.match(read.createdDateTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  assert.equal(read.signInSessionsValidFromDateTime, read.createdDateTime);
});

check("users: a list is followed page by page through nextLink", async (service) => {
  await crowd(service);
  const asked = service.administrator.api("/users").filter("startswith(userPrincipalName,'crowd-')");
  let page = await asked.top(10).select(["id", "userPrincipalName"]).get();
  const sizes = [];
  const seen = [];
  for (;;) {
    sizes.push(page.value.length);
    seen.push(...names(page.value));
    service.context(page, "/users");
    // The links keep the options: the last page, too, has only the selected properties.
    const properties = new Set(page.value.flatMap(Object.keys));
    assert.deepEqual(properties, new Set(["id", "userPrincipalName"]));
    const next = page["@odata.nextLink"];
    if (next === undefined) {
      break;
    }
    assert.ok(next.startsWith(`${service.graph}/users?`), `nextLink is ${next}`);
    page = await service.administrator.api(next).get();
  }
  assert.deepEqual(sizes, [10, 10, 6]);
  assert.deepEqual(seen, CROWD);
});

check("users: the client's own page iterator visits everybody once", async (service) => {
  await crowd(service);
  const page = await service.administrator.api("/users").top(10).get();
  const seen = [];
  const iterator = new PageIterator(service.administrator, page, (user) => {
    seen.push(user.userPrincipalName);
    return true;
  });
  await iterator.iterate();
  assert.ok(iterator.isComplete());
  assert.equal(seen.length, new Set(seen).size);
  assert.deepEqual(seen.filter((name) => name.startsWith("crowd-")), CROWD);
});

check("users: $filter finds by userPrincipalName", async (service) => {
  await crowd(service);
  const found = (name) => service.administrator.api("/users").filter(`userPrincipalName eq '${name}'`).get();
  assert.deepEqual(names((await found("Crowd-07@contoso.example")).value), ["crowd-07@contoso.example"]);
  for (const nobody of ["nobody@contoso.example", "no name at all"]) {
    assert.deepEqual(service.context(await found(nobody), "/users"), { value: [] }, nobody);
  }
});

check("users: $filter finds by the beginning of userPrincipalName", async (service) => {
  await crowd(service);
  const found = await service.administrator.api("/users").filter("startswith(userPrincipalName,'crowd-1')").get();
  assert.deepEqual(names(found.value), CROWD.slice(10, 20));
});

check("users: the three contact fields are set and read", async (service) => {
  const user = await service.create("contacts");
  assert.deepEqual(await contacts(service, user), { mobilePhone: null, businessPhones: [], otherMails: [] });
  const given = { mobilePhone: "+1 4255550104", businessPhones: ["+1 4255550105"], otherMails: ["c@example.org"] };
  assert.equal(await service.user(user).patch(given), undefined);
  assert.deepEqual(await contacts(service, user), given);
  await service.user(user).patch({ otherMails: ["d@example.org", "e@example.org"] });
  assert.deepEqual(await contacts(service, user), { ...given, otherMails: ["d@example.org", "e@example.org"] });
  await service.user(user).patch({ mobilePhone: "+14255550106" });
  assert.equal((await contacts(service, user)).mobilePhone, "+1 4255550106");
});

check("users: the three contact fields are cleared", async (service) => {
  const given = { mobilePhone: "+1 4255550107", businessPhones: ["+1 4255550108"], otherMails: ["f@example.org"] };
  const user = await service.create("cleared", given);
  await service.user(user).patch({ mobilePhone: null });
  assert.deepEqual(await contacts(service, user), { ...given, mobilePhone: null });
  await service.user(user).patch({ businessPhones: [], otherMails: [] });
  assert.deepEqual(await contacts(service, user), { mobilePhone: null, businessPhones: [], otherMails: [] });
});

check("users: two businessPhones are refused", async (service) => {
  const user = await service.create("two-phones", { businessPhones: ["+1 4255550109"] });
  const call = service.user(user).patch({ businessPhones: ["+1 4255550110", "+1 4255550111"] });
  await refused(call, 400, "Request_BadRequest", "5550110", "5550111");
  const kept = { mobilePhone: null, businessPhones: ["+1 4255550109"], otherMails: [] };
  assert.deepEqual(await contacts(service, user), kept);
});

check("users: a phone of 65 characters is refused", async (service) => {
  const user = await service.create("long-phone", { mobilePhone: "+1 4255550112" });
  const number = "+1 4255550113x".padEnd(65, "1");
  for (const changes of [{ mobilePhone: number }, { businessPhones: [number] }]) {
    assert.match(await refused(service.user(user).patch(changes), 400, "Request_BadRequest", "5550113"), /64/);
  }
  const kept = { mobilePhone: "+1 4255550112", businessPhones: [], otherMails: [] };
  assert.deepEqual(await contacts(service, user), kept);
});

check("users: a name that is taken is refused", async (service) => {
  await service.create("taken");
  await refused(service.create("TAKEN"), 400, "Request_BadRequest", "taken@");
});

check("users: other properties and the name are changed", async (service) => {
  const user = await service.create("changed", { displayName: "Before" });
  const given = { displayName: "After", accountEnabled: false };
  await service.user(user).patch({ ...given, userPrincipalName: "renamed@contoso.example" });
  const read = await selected(service, "renamed@contoso.example", "id", "displayName", "accountEnabled");
  assert.deepEqual(read, { ...given, id: user.id });
  const former = service.administrator.api("/users/changed@contoso.example").get();
  await refused(former, 404, "Request_ResourceNotFound");
});

check("users: passwordProfile replaces the password", async (service) => {
  const first = { password: "the first password", forceChangePasswordNextSignIn: false };
  const user = await service.create("replaced", { passwordProfile: first });
  assert.equal(await signedIn(service, "replaced", "the first password"), 200);
  const second = { password: "the second password", forceChangePasswordNextSignIn: true };
  assert.equal(await service.user(user).patch({ passwordProfile: second }), undefined);
  assert.equal(await signedIn(service, "replaced", "the first password"), 422);
  assert.equal(await signedIn(service, "replaced", "the second password"), 200);
  const short = service.user(user).patch({ passwordProfile: { password: "1234567" } });
  await refused(short, 400, "Request_BadRequest", "1234567");
  const read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime");
  assert.ok(new Date(read.signInSessionsValidFromDateTime) > new Date(read.createdDateTime));
});

check("users: passwordProfile without a password leaves the password as it is", async (service) => {
  const first = { password: "a password to stay", forceChangePasswordNextSignIn: false };
  const user = await service.create("same-password", { passwordProfile: first });
  const changes = { passwordProfile: { forceChangePasswordNextSignIn: true } };
  assert.equal(await service.user(user).patch(changes), undefined);
  assert.equal(await signedIn(service, "same-password", "a password to stay"), 200);
  const read = await selected(service, user.id, "createdDateTime", "signInSessionsValidFromDateTime");
  assert.equal(read.signInSessionsValidFromDateTime, read.createdDateTime);
});

check("users: what a directory owns is written by the directory only", async (service) => {
  const user = await service.create("synchronised", { mobilePhone: "+1 4255550114" });
  const directory = service.directory.api(`/users/${user.id}`);
  const synchronised = { onPremisesSyncEnabled: true };
  await refused(service.user(user).patch(synchronised), 403, "Authorization_RequestDenied");
  await directory.patch(synchronised);
  assert.deepEqual(await selected(service, user.id, "onPremisesSyncEnabled"), synchronised);
  for (const changes of [{ mobilePhone: "+1 4255550115" }, { businessPhones: ["+1 4255550116"] }]) {
    await refused(service.user(user).patch(changes), 400, "Request_BadRequest", "5550115", "5550116");
  }
  const kept = { mobilePhone: "+1 4255550114", businessPhones: [], otherMails: [] };
  assert.deepEqual(await contacts(service, user), kept);
  await service.user(user).patch({ otherMails: ["g@example.org"] });
  await directory.patch({ mobilePhone: "+1 4255550117" });
  const changed = { mobilePhone: "+1 4255550117", businessPhones: [], otherMails: ["g@example.org"] };
  assert.deepEqual(await contacts(service, user), changed);
});

check("users: one is deleted", async (service) => {
  const user = await service.create("deleted");
  assert.equal(await service.user(user).delete(), undefined);
  for (const key of [user.id, "deleted@contoso.example"]) {
    await refused(service.administrator.api(`/users/${key}`).get(), 404, "Request_ResourceNotFound");
  }
  assert.notEqual((await service.create("deleted")).id, user.id);
});

module.exports = { crowd };
