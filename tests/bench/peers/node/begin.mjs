// What begin-reset does, the usual way in Node.js: parse the phone, key the names, one transaction of three writes.
import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { randomBytes } from "node:crypto";
import { serve } from "./runtime.mjs";
import { digest, dynamo, policy, readKeys, table } from "./shared.mjs";

const [names, phones] = await readKeys(["NAME", "PHONE", "CODE", "IDEMPOTENCY"]);

function limit(key, now) {
  return {
    Update: {
      TableName: table,
      Key: { pk: { S: `LIMIT#${key}` }, sk: { S: `600#${now - (now % 600_000)}` } },
      UpdateExpression: "SET #c = if_not_exists(#c, :z) + :o",
      ConditionExpression: "attribute_not_exists(#c) OR #c < :m",
      ExpressionAttributeNames: { "#c": "count" },
      ExpressionAttributeValues: { ":z": { N: "0" }, ":o": { N: "1" }, ":m": { N: "50" } },
    },
  };
}

await serve(async (event) => {
  const body = JSON.parse(event.body);
  const phone = parsePhoneNumberFromString(body.phoneNumber);
  if (!phone?.isValid()) return { statusCode: 400, body: "{}" };
  await policy();
  const now = Date.now();
  const id = randomBytes(16).toString("base64url");
  const source = event.requestContext.http.sourceIp;
  const reset = {
    pk: { S: `RESET#${id}` },
    sk: { S: "RESET" },
    name: { S: digest(names, body.userName.toLowerCase()) },
    phone: { S: digest(phones, phone.number) },
    seed: { S: randomBytes(32).toString("base64url") },
    expires_at: { N: String(now + 900_000) },
  };
  await dynamo.send(new TransactWriteItemsCommand({
    ClientRequestToken: randomBytes(16).toString("hex"),
    TransactItems: [
      { Put: { TableName: table, ConditionExpression: "attribute_not_exists(pk)", Item: reset } },
      limit(digest(names, source), now),
      limit(digest(names, source + body.userName), now),
    ],
  }));
  const response = { resetId: id, expiresAt: new Date(now + 900_000).toISOString(), method: body.method };
  return { statusCode: 202, headers: { "content-type": "application/json" }, body: JSON.stringify(response) };
});
