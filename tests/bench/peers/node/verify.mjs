// What verify-code does before the code is compared, the usual way in Node.js: the guess is counted first, and refused if
// there is no such reset.
import { ConditionalCheckFailedException, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { serve } from "./runtime.mjs";
import { dynamo, policy, readKeys, table } from "./shared.mjs";

await readKeys(["CODE", "PEPPER", "IDEMPOTENCY"]);

await serve(async (event) => {
  const { code } = JSON.parse(event.body);
  if (!/^[0-9]{6,8}$/.test(code)) return { statusCode: 400, body: "{}" };
  await policy();
  const id = event.rawPath.split("/")[3];
  try {
    await dynamo.send(new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: `RESET#${id}` }, sk: { S: "RESET" } },
      UpdateExpression: "SET #g = if_not_exists(#g, :z) + :o",
      ConditionExpression: "attribute_exists(pk) AND expires_at > :now AND #g < :m",
      ExpressionAttributeNames: { "#g": "guesses" },
      ExpressionAttributeValues: { ":z": { N: "0" }, ":o": { N: "1" }, ":m": { N: "3" }, ":now": { N: String(Date.now()) } },
      ReturnValues: "ALL_NEW",
    }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  return { statusCode: 422, headers: { "content-type": "application/json" }, body: JSON.stringify({ error: "invalid_code" }) };
});
