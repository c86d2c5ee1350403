// The service through Microsoft's client, the checks' assertions, and the list of checks.
const assert = require("node:assert/strict");
const { Client, GraphError } = require("@microsoft/microsoft-graph-client");

// The usual permissions of an administrator's application. It may not change properties that a directory owns.
const ADMINISTRATOR = ["User.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "AuditLog.Read.All"];
const DIRECTORY = ["User.ReadWrite.All", "OnPremDirectorySynchronization.ReadWrite.All"];

const CHECKS = [];

/** Registers a check under its name. The checks run in the order in which they are written. */
function check(name, make) {
  CHECKS.push({ name, make });
}

/** A running service, and clients of it. */
class Service {
  /** Connects to a service: to its `/_local` routes at `direct`, and to its Graph routes at `url`. */
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
      // Without its host here, the client silently sends no token.
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

  /** Posts to a route outside Graph. Returns the status and the body. */
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

  /** Checks that the context, which may be relative to the path, leads to this service's metadata. Returns the rest. */
  context(body, path) {
    const { "@odata.context": context, ...rest } = body;
    const whole = new URL(context, this.graph + path).href;
    assert.ok(whole.startsWith(`${this.graph}/$metadata#`), `the context leads to ${whole}`);
    return rest;
  }
}

/** Awaits a call that must fail with this status and code, and without the `unsaid` values in its message. */
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
