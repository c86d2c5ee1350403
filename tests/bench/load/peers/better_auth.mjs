// Password resets as better-auth does them, with Argon2id and Rekey's parameters.
//
// A message is a file in the folder `mails`, named by its destination. `node better_auth.mjs load N` creates the users.
import { Algorithm, hash, verify } from "@node-rs/argon2";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import Database from "better-sqlite3";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const here = process.env.PEER_FOLDER;
// 19 MiB, two passes, one lane (OWASP), as Rekey hashes.
const options = { algorithm: Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 };
const database = new Database(`${here}/better_auth.sqlite3`);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");

const settings = {
  baseURL: "http://127.0.0.1",
  secret: "only for this benchmark, and long enough",
  database,
  rateLimit: { enabled: false },
  emailAndPassword: {
    enabled: true,
    sendResetPassword: async ({ user, token }) => {
      writeFileSync(`${here}/mails/${user.email}.part`, token);
      renameSync(`${here}/mails/${user.email}.part`, `${here}/mails/${user.email}`);
    },
    password: {
      hash: (password) => hash(password, options),
      verify: ({ hash: stored, password }) => verify(stored, password),
    },
  },
};
const auth = betterAuth(settings);

if (process.argv[2] === "load") {
  mkdirSync(`${here}/mails`, { recursive: true });
  const { runMigrations } = await getMigrations(settings);
  await runMigrations();
  const context = await auth.$context;
  const password = await hash("the old password of a user", options);
  database.exec("BEGIN");
  for (let number = 0; number < Number(process.argv[3]); number += 1) {
    const user = await context.internalAdapter.createUser({ email: `user${number}@example.org`, name: `User ${number}` });
    await context.internalAdapter.linkAccount({ userId: user.id, providerId: "credential", accountId: user.id, password });
  }
  database.exec("COMMIT");
} else {
  createServer(toNodeHandler(auth)).listen(Number(process.argv[2]), "127.0.0.1");
}
