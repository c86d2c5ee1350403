// Refusals, as the client reports them.
const assert = require("node:assert/strict");
const { check, refused } = require("./service.cjs");

check("errors: 400 Request_BadRequest for what a user does not have", async (service) => {
  const user = await service.create("bad-request");
  for (const body of [{ shoeSize: 46 }, { mobilePhone: "425 555 0118" }, { aboutMe: "4/2" }]) {
    const message = await refused(service.user(user).patch(body), 400, "Request_BadRequest", "46", "0118", "4/2");
    assert.ok(message.startsWith(`${Object.keys(body)[0]} `), message);
  }
  const users = () => service.administrator.api("/users");
  await refused(users().post({ displayName: "Nameless" }), 400, "Request_BadRequest");
  await refused(users().top(0).get(), 400, "Request_BadRequest");
});

check("errors: 400 Request_UnsupportedQuery for options, operators and properties that are not supported", async (service) => {
  const users = () => service.administrator.api("/users");
  for (const asked of [
    users().orderby("displayName"),
    users().search('"mail:a"'),
    users().count(true),
    users().top(1000),
    users().select("password"),
    users().expand("manager"),
    users().skip(1),
    users().filter("jobTitle eq 'a'"),
    users().filter("userPrincipalName ne 'a@contoso.example'"),
    users().filter("endswith(userPrincipalName,'example')"),
  ]) {
    await refused(asked.get(), 400, "Request_UnsupportedQuery");
  }
});

check("errors: 401 InvalidAuthenticationToken for a token that is none", async (service) => {
  const user = await service.create("invalid-token");
  const valid = await service.token({ permissions: ["User.ReadWrite.All"] });
  for (const token of ["not-a-token", valid.slice(0, -8), `${valid.slice(0, valid.lastIndexOf("."))}.`]) {
    const client = service.client(token);
    await refused(client.api("/users").get(), 401, "InvalidAuthenticationToken", token);
    const change = client.api(`/users/${user.id}`).patch({ displayName: "Changed" });
    await refused(change, 401, "InvalidAuthenticationToken", token);
  }
  assert.equal((await service.user(user).get()).displayName, null);
});

check("errors: 403 Authorization_RequestDenied without the permission", async (service) => {
  const user = await service.create("denied");
  const path = `/users/${user.id}`;
  const reader = await service.application(["User.Read.All"]);
  assert.equal((await reader.api(path).get()).id, user.id);
  const person = service.client(await service.token({ userName: "denied@contoso.example" }));
  for (const call of [
    () => reader.api(path).patch({ mobilePhone: "+1 4255550119" }),
    () => reader.api(path).delete(),
    () => reader.api("/users").post({ userPrincipalName: "denied-too@contoso.example" }),
    async () => (await service.application(["AuditLog.Read.All"])).api("/users").get(),
    () => person.api(path).get(),
    () => person.api(path).patch({ mobilePhone: "+1 4255550119" }),
  ]) {
    await refused(call(), 403, "Authorization_RequestDenied", "5550119");
  }
  assert.equal((await service.user(user).get()).mobilePhone, null);
});

check("errors: 404 Request_ResourceNotFound for nobody", async (service) => {
  for (const key of ["nobody@contoso.example", "A".repeat(22), "3179e48a-750b-4051-897c-87b9720928f7"]) {
    const nobody = () => service.administrator.api(`/users/${key}`);
    await refused(nobody().get(), 404, "Request_ResourceNotFound", key);
    await refused(nobody().patch({ displayName: "Nobody" }), 404, "Request_ResourceNotFound", key);
    await refused(nobody().delete(), 404, "Request_ResourceNotFound", key);
  }
});
