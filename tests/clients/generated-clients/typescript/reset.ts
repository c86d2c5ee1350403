// A whole password reset with openapi-generator's client (typescript-fetch).
import { CheckingAPasswordApi, Configuration, ResettingAPasswordApi, ResponseError } from "./client/index.js";

declare const process: { argv: string[] };
const service = process.argv[2]!;
const userName = "priya@contoso.example";
const address = "priya.nair@example.org";
const newPassword = "walrus plays the accordion";
const resets = new ResettingAPasswordApi(new Configuration({ basePath: service }));

const { resetId, method } = await resets.beginReset({ beginReset: { userName, method: "email" } });
if (method !== "email") throw new Error(method);

const refusal = await resets.verifyCode({ resetId, verifyCode: { code: "00000000" } }).catch((error: unknown) => error);
if (!(refusal instanceof ResponseError) || refusal.response.status !== 422) throw refusal;

const messages = await (await fetch(`${service}/_local/outbox?to=${address}`)).json();
const code = /\b[0-9]{4} ?[0-9]{4}\b/.exec(messages.at(-1).text)?.[0];
if (!code) throw new Error("no code came");
const proved = await resets.verifyCode({ resetId, verifyCode: { code } });
if (proved.status !== "verified") throw new Error(proved.status);
await resets.completeReset({ resetId, newPassword: { resetToken: proved.resetToken, newPassword } });

const body = JSON.stringify({ permissions: ["Credentials.Check"] });
const headers = { "Content-Type": "application/json" };
const { accessToken } = await (await fetch(`${service}/_local/tokens`, { method: "POST", headers, body })).json();
const passwords = new CheckingAPasswordApi(new Configuration({ basePath: service, accessToken }));
const checked = await passwords.checkPassword({ credentials: { userName, password: newPassword } });
if (checked.userName !== userName) throw new Error("another user");
