// What both functions share: the keys, from Secrets Manager, all at once; and the policy, read once a minute.
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { BatchGetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createHmac } from "node:crypto";

export const table = process.env.REKEY_TABLE;
export const dynamo = new DynamoDBClient({});

export async function readKeys(names) {
  const ids = names.map((name) => process.env[`REKEY_${name}_KEYS`]);
  const read = await new SecretsManagerClient({}).send(new BatchGetSecretValueCommand({ SecretIdList: ids }));
  const text = (id) => read.SecretValues.find((one) => one.ARN === id || one.Name === id).SecretString;
  return ids.map((id) => Buffer.from(JSON.parse(text(id)).versions["1"], "base64"));
}

export const digest = (key, text) => createHmac("sha256", key).update(text).digest("base64url").slice(0, 22);

let readAt = 0;
export async function policy() {
  if (Date.now() - readAt < 60_000) return;
  const key = { pk: { S: "POLICY" }, sk: { S: "POLICY" } };
  await dynamo.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
  readAt = Date.now();
}
