import { sql } from "kysely";
import { commandLineCaller } from "../../../src/domain/caller.js";
import type { RootKeyRequest } from "../../../src/domain/root_key/model.js";
import { uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";

export interface RootKey {
  readonly id: string;
  readonly value: string;
}

/** Makes a root key as the command line does; it may do everything unless told otherwise. */
export async function newRootKey(
  { services }: Pick<TestInstance, "services">,
  request: Partial<RootKeyRequest> = {},
): Promise<RootKey> {
  const { apiKey, keyValue } = await services.rootKeys.create(commandLineCaller, {
    name: uniqueName("root key"),
    scopes: ["*"],
    projects: undefined,
    expiresAt: undefined,
    ...request,
  });
  return { id: apiKey.publicId, value: keyValue };
}

export async function expiredRootKey(altalune: TestInstance): Promise<RootKey> {
  const key = await newRootKey(altalune);
  await sql`
    update altalune_project_api_keys set expires_at = altalune_now() - interval '1 ms' where public_id = ${key.id}
  `.execute(altalune.db);
  return key;
}

export async function revokedRootKey(altalune: TestInstance): Promise<RootKey> {
  const key = await newRootKey(altalune);
  await altalune.services.rootKeys.revoke(commandLineCaller, key.id);
  return key;
}

export async function disabledRootKey(altalune: TestInstance): Promise<RootKey> {
  const key = await newRootKey(altalune);
  await sql`update altalune_project_api_keys set active = false where public_id = ${key.id}`.execute(altalune.db);
  return key;
}
