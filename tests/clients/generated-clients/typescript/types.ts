// Uses openapi-typescript's types. This compiles only if the types match the responses of the service.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:1" });

export async function begin(userName: string): Promise<Schemas["CodeOrdered"]> {
  const { data, error } = await client.POST("/v1/resets", { body: { userName, method: "email" } });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data;
}

export async function next(resetId: string, code: string): Promise<Schemas["Method"][] | string> {
  const params = { path: { resetId } };
  const { data } = await client.POST("/v1/resets/{resetId}/verifications", { params, body: { code } });
  if (!data) return [];
  return data.status === "verified" ? data.resetToken : data.methods;
}

export async function phones(id: string): Promise<string[]> {
  const { data, error } = await client.GET("/graph/v1.0/users/{id}/authentication/methods", { params: { path: { id } } });
  if (error) throw new Error(error.error.code);
  return data.value.flatMap((method) => ("phoneNumber" in method ? [method.phoneNumber] : []));
}

export async function names(): Promise<(string | null | undefined)[]> {
  const query = { $select: ["displayName" as const], $top: 10 };
  const { data } = await client.GET("/graph/v1.0/users", { params: { query } });
  return (data?.value ?? []).map((user) => user.displayName);
}

// @ts-expect-error There is no such method.
export const wrong: Schemas["BeginReset"] = { userName: "adele@contoso.example", method: "carrierPigeon" };
