import type { Pool } from "pg";
import type { MasterKey } from "../../src/platform/master-key.js";
import { commandLineCaller, createDatabase, createServices, digestOf } from "../lib/product.js";
import { freshName, keyRequest } from "./request.js";

/** A statement as the service sent it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** One create: its statements, and what is known of it to tell their parameters apart by. */
export interface CapturedCreate {
  /** Before the transaction: the project's. The root key's record is in the service's memory. */
  readonly lookups: readonly Statement[];
  readonly transaction: readonly Statement[];
  readonly facts: {
    readonly projectId: bigint;
    readonly projectPublicId: string;
    readonly publicId: string;
    readonly name: string;
    readonly ownerId: string;
    readonly displayPrefix: string;
    readonly digest: Buffer;
    readonly keyId: bigint;
    readonly sequence: bigint;
    readonly hash: Buffer;
    readonly occurredAt: Date;
    readonly detail: string;
  };
}

const control = /^(begin|start transaction|commit|rollback)\b/i;

/** Creates a key as the rpc does, by the same calls of the services, and writes down what they send. */
export async function captureCreate(
  pool: Pool,
  masterKey: MasterKey,
  projectPublicId: string,
): Promise<CapturedCreate> {
  const sent: Statement[] = [];
  let recording = false;
  const db = createDatabase(pool, {
    log: ({ query }) => {
      if (recording && !control.test(query.sql)) {
        sent.push({ sql: query.sql, parameters: query.parameters });
      }
    },
  });
  const { projects, apiKeys, audit } = await createServices({ db, masterKey, environmentKey: undefined });
  recording = true;
  const project = await projects.reach(commandLineCaller, projectPublicId);
  const lookups = sent.splice(0);
  const { apiKey, keyValue } = await apiKeys.create(commandLineCaller, project, keyRequest(freshName()));
  recording = false;
  const listing = audit.listing(project.publicId, {
    page: 0,
    pageSize: 1,
    pageToken: "",
    paginated: true,
    keyword: "",
    filters: new Map(),
    sortField: "",
    sortOrder: undefined,
  });
  const { rows } = await audit.query(project, listing);
  const [event] = rows;
  if (event === undefined || new Set([project.id, apiKey.id, event.sequence]).size < 3) {
    throw new Error("the captured create's numbers cannot be told apart");
  }
  const detail = sent
    .flatMap(({ parameters }) => parameters)
    .find((value): value is string => typeof value === "string" && value.includes(`"name":"${apiKey.name}"`));
  return {
    lookups,
    transaction: sent,
    facts: {
      projectId: project.id,
      projectPublicId: project.publicId,
      publicId: apiKey.publicId,
      name: apiKey.name,
      ownerId: apiKey.ownerId,
      displayPrefix: apiKey.displayPrefix,
      digest: digestOf(keyValue),
      keyId: apiKey.id,
      sequence: event.sequence,
      hash: event.hash,
      occurredAt: event.occurredAt,
      detail: detail ?? "",
    },
  };
}
