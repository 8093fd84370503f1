import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Kysely } from "kysely";
import { UserRole } from "../../gen/altalune/v1/user_pb.js";
import type { Database } from "../../src/platform/postgres/database.js";
import type { Clients } from "./instance.js";

export const minuteMs = 60 * 1000;
export const dayMs = 24 * 60 * 60 * 1000;

/** A timestamp this many milliseconds from now. */
export function fromNow(ms: number) {
  return timestampFromDate(new Date(Date.now() + ms));
}

/** A name that no other fixture has. */
export function uniqueName(kind: string): string {
  counter += 1;
  return `${kind} ${counter}`;
}

let counter = 0;

/** Makes a project and returns its id. */
export async function newProject(
  { projects }: Clients,
  settings: Parameters<Clients["projects"]["createProject"]>[0] = {},
): Promise<string> {
  const { project } = await projects.createProject({ name: uniqueName("project"), ...settings });
  return project?.id ?? "";
}

/** The id by which the database knows a project. */
export async function internalIdOf(db: Kysely<Database>, projectId: string): Promise<bigint> {
  const { id } = await db
    .selectFrom("altalune_projects")
    .select("id")
    .where("public_id", "=", projectId)
    .executeTakeFirstOrThrow();
  return id;
}

/** Invites a viewer of nothing, and returns the user's id. */
export async function newUser(
  { users }: Clients,
  settings: Parameters<Clients["users"]["inviteUser"]>[0] = {},
): Promise<string> {
  const email = `${uniqueName("person").replace(" ", "-")}-${Date.now()}@example.com`;
  const { user } = await users.inviteUser({ email, role: UserRole.VIEWER, ...settings });
  return user?.id ?? "";
}

/** Makes a key that is good for a day, and returns its id and value. */
export async function newApiKey(
  { apiKeys }: Clients,
  projectId: string,
  settings: Parameters<Clients["apiKeys"]["createApiKey"]>[0] = {},
): Promise<{ id: string; value: string; signingSecret: string }> {
  const lifetime = settings.neverExpires === true ? {} : { expiration: fromNow(dayMs) };
  const { apiKey, keyValue, signingSecret } = await apiKeys.createApiKey({
    projectId,
    name: uniqueName("key"),
    ...lifetime,
    ...settings,
  });
  return { id: apiKey?.id ?? "", value: keyValue, signingSecret };
}
