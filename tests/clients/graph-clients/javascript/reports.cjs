// Reports on who is registered, and the audit.
const assert = require("node:assert/strict");
const { PageIterator } = require("@microsoft/microsoft-graph-client");
const { MOBILE, OFFICE, phone, routes } = require("./methods.cjs");
const { check, refused } = require("./service.cjs");
const { crowd } = require("./users.cjs");

const DETAILS = "/reports/authenticationMethods/userRegistrationDetails";
const AUDITS = "/auditLogs/directoryAudits";
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Everything on the first page of a list and on those that follow. */
async function allOf(service, path, options = {}) {
  const first = await service.administrator.api(path).query(options).get();
  const everything = [];
  await new PageIterator(service.administrator, first, (item) => everything.push(item) > 0).iterate();
  return everything;
}

/** The report's rows by userPrincipalName. */
async function rows(service, options) {
  const found = await allOf(service, DETAILS, options);
  const byName = Object.fromEntries(found.map((row) => [row.userPrincipalName, row]));
  assert.equal(Object.keys(byName).length, found.length);
  return byName;
}

/** The records of one user. */
const about = (records, user) => records.filter((record) => record.targetResources.some(({ id }) => id === user.id));

/** Checks a list's pages of ten, of which only the last may have fewer than `least`; returns what is on them. */
async function tens(service, path, least) {
  let page = await service.administrator.api(path).top(10).get();
  const seen = [];
  for (let next = page["@odata.nextLink"]; next !== undefined; next = page["@odata.nextLink"]) {
    const { length } = page.value;
    assert.ok(least <= length && length <= 10, `a page of ten has ${length}, and another follows it`);
    seen.push(...page.value);
    assert.ok(next.startsWith(`${service.graph}${path}?`), `nextLink is ${next}`);
    page = await service.administrator.api(next).get();
  }
  return seen.concat(page.value);
}

check("reports: registration details of each user", async (service) => {
  const registered = await service.create("reported", { displayName: "Rosa Reported" });
  const methods = routes(service, registered);
  await methods("phoneMethods").post(phone("+1 4255550140", MOBILE));
  await methods("phoneMethods").post(phone("+1 4255550141", OFFICE));
  await methods("emailMethods").post({ emailAddress: "rosa@example.org" });
  const onFile = await service.create("on-file", { mobilePhone: "+1 4255550142" });
  const bare = await service.create("bare");
  service.context(await service.administrator.api(DETAILS).get(), DETAILS);
  const found = await rows(service);

  const row = found["reported@contoso.example"];
  assert.deepEqual([row.id, row.userDisplayName, row.userType], [registered.id, "Rosa Reported", "member"]);
  assert.equal(row.isAdmin, false);
  assert.deepEqual(row.methodsRegistered, ["mobilePhone", "officePhone", "email"]);
  assert.match(row.lastUpdatedDateTime, RFC_3339);
  for (const [user, states] of [
    [registered, [true, true, true]],
    [onFile, [false, true, true]],
    [bare, [false, true, false]],
  ]) {
    const { id, isSsprRegistered, isSsprEnabled, isSsprCapable } = found[user.userPrincipalName];
    assert.deepEqual([id, isSsprRegistered, isSsprEnabled, isSsprCapable], [user.id, ...states]);
  }
  assert.deepEqual(found["on-file@contoso.example"].methodsRegistered, []);
  assert.deepEqual(found["bare@contoso.example"].methodsRegistered, []);
});

check("reports: registration details page by page through nextLink", async (service) => {
  const names = await crowd(service);
  // Disabled users are left out, so a page may be shorter than requested.
  const seen = (await tens(service, DETAILS, 1)).map((row) => row.userPrincipalName);
  assert.equal(seen.length, new Set(seen).size);
  assert.deepEqual(names.filter((name) => !seen.includes(name)), []);
});

check("reports: the client's own page iterator passes over disabled users", async (service) => {
  for (let number = 0; number < 5; number += 1) {
    await service.create(`disabled-${number}`, { accountEnabled: false });
  }
  const listed = await allOf(service, "/users", { $select: "userPrincipalName,accountEnabled" });
  const enabled = listed.filter((user) => user.accountEnabled).map((user) => user.userPrincipalName);
  // The pages are so small that at least one would contain only disabled users.
  assert.deepEqual(Object.keys(await rows(service, { $top: 3 })).sort(), enabled.sort());
});

check("reports: $filter finds who is registered", async (service) => {
  const user = await service.create("filtered-in");
  await routes(service, user)("emailMethods").post({ emailAddress: "filtered@example.org" });
  await service.create("filtered-out", { otherMails: ["filtered@example.org"] });
  const everybody = Object.values(await rows(service));
  for (const registered of [true, false]) {
    const found = Object.keys(await rows(service, { $filter: `isSsprRegistered eq ${registered}` }));
    const expected = everybody.filter((row) => row.isSsprRegistered === registered);
    assert.deepEqual(found.sort(), expected.map((row) => row.userPrincipalName).sort());
    assert.equal(found.includes("filtered-in@contoso.example"), registered);
    assert.equal(found.includes("filtered-out@contoso.example"), !registered);
  }
});

check("reports: $filter finds by a method and by userPrincipalName", async (service) => {
  for (const [name, id] of [["has-mobile", MOBILE], ["has-office", OFFICE]]) {
    await routes(service, await service.create(name))("phoneMethods").post(phone("+1 4255550145", id));
  }
  const everybody = Object.values(await rows(service));
  const found = Object.keys(await rows(service, { $filter: "methodsRegistered/any(m:m eq 'officePhone')" }));
  const expected = everybody.filter((row) => row.methodsRegistered.includes("officePhone"));
  assert.deepEqual(found.sort(), expected.map((row) => row.userPrincipalName).sort());
  const either = ["has-mobile@contoso.example", "has-office@contoso.example"].map((name) => found.includes(name));
  assert.deepEqual(either, [false, true]);
  const named = await rows(service, { $filter: "userPrincipalName eq 'Has-Mobile@contoso.example'" });
  assert.deepEqual(Object.keys(named), ["has-mobile@contoso.example"]);
});

check("reports: one user's registration details", async (service) => {
  const user = await service.create("one-row", { displayName: "Otto One-Row" });
  const path = `${DETAILS}/${user.id}`;
  const row = service.context(await service.administrator.api(path).get(), path);
  assert.deepEqual(row, (await rows(service))["one-row@contoso.example"]);
  assert.deepEqual([row.id, row.userDisplayName], [user.id, "Otto One-Row"]);
  const options = { $filter: "startswith(userDisplayName,'otto')", $orderby: "userPrincipalName" };
  assert.deepEqual(Object.keys(await rows(service, options)), ["one-row@contoso.example"]);
  assert.deepEqual(await rows(service, { $filter: "isMfaRegistered eq true" }), {});
  const nobody = service.administrator.api(`${DETAILS}/${"A".repeat(22)}`);
  await refused(nobody.get(), 404, "Request_ResourceNotFound");
});

check("audit: what an administrator did is listed, newest first", async (service) => {
  const user = await service.create("audited", { mobilePhone: "+1 4255550143" });
  await service.user(user).patch({ mobilePhone: "+1 4255550144" });
  await routes(service, user)("emailMethods").post({ emailAddress: "audited@example.org" });
  await service.user(user).delete();
  service.context(await service.administrator.api(AUDITS).get(), AUDITS);
  const everything = await allOf(service, AUDITS);
  const moments = everything.map((record) => record.activityDateTime);
  moments.forEach((moment) => assert.match(moment, RFC_3339));
  assert.deepEqual(moments, [...moments].sort().reverse());
  assert.equal(new Set(everything.map((record) => record.id)).size, everything.length);

  const found = about(everything, user);
  const activities = ["Delete user", "Admin registered security info", "Update user", "Add user"];
  assert.deepEqual(found.map((record) => record.activityDisplayName), activities);
  for (const record of found) {
    assert.deepEqual([record.result, record.category], ["success", "UserManagement"]);
    const { app, user: person } = record.initiatedBy;
    assert.ok(person == null, "a user did it");
    assert.ok(app.appId || app.displayName, "the application has no name");
    assert.ok(record.correlationId, "there is no correlationId");
    const [target] = record.targetResources;
    assert.deepEqual([target.type, target.userPrincipalName], ["User", "audited@contoso.example"]);
  }
  const services = ["Core Directory", "Authentication Methods", "Core Directory", "Core Directory"];
  assert.deepEqual(found.map((record) => record.loggedByService), services);
  const [change] = found[2].targetResources[0].modifiedProperties;
  assert.equal(change.displayName, "mobilePhone");
  const values = [change.oldValue, change.newValue].map((value) => value.replaceAll('"', ""));
  assert.deepEqual(values, ["+1 ********43", "+1 ********44"]);
});

check("audit: page by page through nextLink", async (service) => {
  await crowd(service);
  const ids = (records) => records.map((record) => record.id);
  const everything = ids(await allOf(service, AUDITS));
  assert.deepEqual(ids(await tens(service, AUDITS, 10)), everything);
});

check("audit: $filter finds by activityDateTime", async (service) => {
  const earlier = await service.create("earlier");
  assert.equal((await service.send("/_local/clock", { advanceSeconds: 60 })).status, 200);
  const later = await service.create("later");
  const [after] = about(await allOf(service, AUDITS), later);
  const moment = after.activityDateTime;
  const before = new Date(Date.parse(moment) - 1000).toISOString().replace(/\.\d+Z$/, "Z");
  for (const [filter, counts] of [
    [`activityDateTime ge ${moment}`, [0, 1]],
    [`activityDateTime ge ${before}`, [0, 1]],
    [`activityDateTime le ${moment}`, [1, 1]],
    [`activityDateTime le ${before}`, [1, 0]],
  ]) {
    const found = await allOf(service, AUDITS, { $filter: filter });
    assert.deepEqual([earlier, later].map((user) => about(found, user).length), counts, filter);
  }
});

check("audit: $filter finds by activityDisplayName", async (service) => {
  const user = await service.create("by-activity");
  await service.user(user).patch({ jobTitle: "Archivist" });
  const everything = await allOf(service, AUDITS);
  for (const activity of ["Add user", "Update user", "Delete user"]) {
    const found = await allOf(service, AUDITS, { $filter: `activityDisplayName eq '${activity}'` });
    const expected = everything.filter((record) => record.activityDisplayName === activity);
    assert.ok(expected.length > 0, `there is no ${activity}`);
    assert.deepEqual(found, expected);
  }
});

check("audit: $filter finds by user", async (service) => {
  const users = [await service.create("by-user"), await service.create("by-other-user")];
  for (const user of users) {
    await service.user(user).patch({ jobTitle: "Archivist" });
  }
  const target = `targetResources/any(t:t/id eq '${users[0].id}')`;
  const expected = about(await allOf(service, AUDITS), users[0]);
  assert.deepEqual(expected.map((record) => record.activityDisplayName), ["Update user", "Add user"]);
  assert.deepEqual(await allOf(service, AUDITS, { $filter: target }), expected);
  const added = await allOf(service, AUDITS, { $filter: `${target} and activityDisplayName eq 'Add user'` });
  assert.deepEqual(added, expected.slice(1));
});

check("audit: $filter finds by id and by how a name or an activity begins", async (service) => {
  const user = await service.create("by-beginning");
  await service.user(user).patch({ jobTitle: "Archivist" });
  const [changed, added] = about(await allOf(service, AUDITS), user);
  for (const [filter, found] of [
    [`id eq '${added.id}'`, [added]],
    ["targetResources/any(t:startswith(t/userPrincipalName,'by-beginning'))", [changed, added]],
    [`(targetResources/any(t:t/id eq '${user.id}')) and (startswith(activityDisplayName,'Upd'))`, [changed]],
    [`targetResources/any(t:t/id eq '${user.id}') and result eq 'timeout'`, []],
  ]) {
    assert.deepEqual(await allOf(service, AUDITS, { $filter: filter }), found, filter);
  }
});

check("reports: and the audit need AuditLog.Read.All, and refuse what they do not support", async (service) => {
  const other = await service.application(["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"]);
  const reader = await service.create("reader");
  const person = service.client(await service.token({ userName: reader.userPrincipalName }));
  for (const client of [other, person]) {
    await refused(client.api(DETAILS).get(), 403, "Authorization_RequestDenied");
    await refused(client.api(AUDITS).get(), 403, "Authorization_RequestDenied");
  }
  const asked = (path) => service.administrator.api(path);
  for (const request of [
    asked(DETAILS).search('"reader"'),
    asked(DETAILS).filter("isMfaCapable ne true or isAdmin eq true"),
    asked(AUDITS).search('"reader"'),
    asked(AUDITS).filter("loggedByService ne 'Core Directory'"),
  ]) {
    await refused(request.get(), 400, "Request_UnsupportedQuery");
  }
});
