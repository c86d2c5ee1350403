// The service as the checks see it, through Microsoft's client: who calls, what is expected, which checks there are.
const assert = require("node:assert/strict");
const { Client, GraphError } = require("@microsoft/microsoft-graph-client");

// What an administrator's application has as a rule; it may not touch what a directory owns.
const ADMINISTRATOR = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All"];
const DIRECTORY = ["User.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"];

const CHECKS = [];

/** Registers a check under its name; the checks run in the order in which they are written. */
function check(name, make) {
  CHECKS.push({ name, make });
}

/** A running service, and clients of it. */
class Service {
  /** Connects to the service whose tokens are at `direct`, and which is reached at `url`. */
  static async connect(direct, url) {
    const service = new Service();
    service.direct = direct;
    service.graph = `${url}/graph/v1.0`;
    service.administrator = await service.application(ADMINISTRATOR);
    service.directory = await service.application(DIRECTORY);
    return service;
  }

  /** Microsoft's client with this token. */
  client(token) {
    return Client.init({
      baseUrl: this.graph.replace(/v1\.0$/, ""),
      defaultVersion: "v1.0",
      // Without its host here, the client sends no token and does not say so.
      customHosts: new Set(["localhost"]),
      authProvider: (done) => done(null, token),
    });
  }

  /** Microsoft's client as an application with these permissions. */
  async application(permissions) {
    return this.client(await this.token({ permissions }));
  }

  /** A token of the local issuer. */
  async token(wanted) {
    return (await this.send("/_local/tokens", wanted)).body.accessToken;
  }

  /** Posts to what is no route of Graph's; returns the status and the body. */
  async send(path, wanted, token) {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(this.direct + path, { method: "POST", headers, body: JSON.stringify(wanted) });
    return { status: answer.status, body: await answer.json() };
  }

  /** Creates a user of this name at contoso.example. */
  create(name, properties = {}) {
    return this.administrator.api("/users").post({ userPrincipalName: `${name}@contoso.example`, ...properties });
  }

  /** A request about one user, for the administrator. */
  user(user, path = "") {
    return this.administrator.api(`/users/${user.id}${path}`);
  }

  /** Takes the context, which may be relative, and checks that it leads to this service's metadata from the path. */
  context(body, path) {
    const { "@odata.context": context, ...rest } = body;
    const whole = new URL(context, this.graph + path).href;
    assert.ok(whole.startsWith(`${this.graph}/$metadata#`), `the context leads to ${whole}`);
    return rest;
  }
}

/** Waits for a call that must fail, as the client tells it: with this status and code, and none of these values. */
async function refused(call, status, code, ...unsaid) {
  const error = await call.then(
    (answer) => assert.fail(`it was not refused, but answered ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  if (!(error instanceof GraphError)) {
    throw error;
  }
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  assert.ok(error.message, "the refusal has no message");
  for (const value of unsaid) {
    assert.ok(!error.message.includes(value), `the message tells ${value}`);
  }
  assert.ok(error.requestId, "the refusal has no request-id");
  assert.ok(!Number.isNaN(error.date.valueOf()), "the refusal has no date");
  return error.message;
}

module.exports = { CHECKS, Service, check, refused };
