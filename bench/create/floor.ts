import type { PoolClient } from "pg";
import { chainHash, digestOf, displayForm, newPublicId, newSecret } from "../lib/product.js";
import type { CapturedCreate, Statement } from "./capture.js";
import { freshName, ownerOf } from "./request.js";

/** A project as the floor needs it. */
export interface FloorProject {
  readonly id: bigint;
  readonly publicId: string;
  readonly keyPrefix: string;
}

interface Head {
  readonly sequence: bigint;
  readonly hash: Buffer;
  readonly now: Date;
}

/** What changes from create to create; the other parameters stay as they were captured. */
interface Fresh {
  readonly projectId: bigint;
  readonly projectPublicId: string;
  readonly publicId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly displayPrefix: string;
  readonly digest: Buffer;
  keyId?: bigint;
  sequence?: bigint;
  hash?: Buffer;
  occurredAt?: Date;
  detail?: string;
}

type Parameter = { readonly role: keyof Fresh } | { readonly constant: unknown };

interface Replayed {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/**
 * Creates keys by the statements that the service sends, and by nothing else but the driver: one transaction a create, its
 * secret, digest and chain hash computed anew.
 */
export class Floor {
  readonly #lookups: readonly Replayed[];
  readonly #transaction: readonly Replayed[];
  readonly #trailKey: Buffer;
  readonly #detail: Readonly<Record<string, unknown>>;

  constructor({ lookups, transaction, facts }: CapturedCreate, trailKey: Buffer) {
    this.#trailKey = trailKey;
    this.#detail = JSON.parse(facts.detail);
    const used = new Set<string>();
    const replayed = ({ sql, parameters }: Statement): Replayed => ({
      sql,
      parameters: parameters.map((value) => {
        const role = (Object.keys(facts) as (keyof typeof facts)[]).find((fact) => isSame(facts[fact], value));
        if (role === undefined) {
          return { constant: value };
        }
        used.add(role);
        return { role };
      }),
    });
    this.#lookups = lookups.map(replayed);
    this.#transaction = transaction.map(replayed);
    const unused = Object.keys(facts).filter((fact) => !used.has(fact));
    if (unused.length > 0) {
      throw new Error(`no captured statement holds ${unused.join(", ")}: the service has changed, and so must this`);
    }
  }

  /** How many statements a create is, without begin and commit. */
  get counts(): { readonly lookups: number; readonly transaction: number } {
    return { lookups: this.#lookups.length, transaction: this.#transaction.length };
  }

  /** All that the rpc sends. */
  async createWithLookups(client: PoolClient, project: FloorProject): Promise<void> {
    const fresh = freshKey(project);
    await this.#send(client, this.#lookups, fresh);
    await this.#create(client, fresh);
  }

  /** The transaction alone. */
  async create(client: PoolClient, project: FloorProject): Promise<void> {
    await this.#create(client, freshKey(project));
  }

  async #create(client: PoolClient, fresh: Fresh): Promise<void> {
    await client.query("begin");
    await this.#send(client, this.#transaction, fresh);
    await client.query("commit");
  }

  async #send(client: PoolClient, statements: readonly Replayed[], fresh: Fresh): Promise<void> {
    for (const { sql, parameters } of statements) {
      const values = parameters.map((parameter) => ("role" in parameter ? fresh[parameter.role] : parameter.constant));
      const { rows } = await client.query(sql, values);
      this.#learn(fresh, rows[0]);
    }
  }

  /** Takes from an answer what later statements need: the key's id, and the head that the event is chained to. */
  #learn(fresh: Fresh, row: Record<string, unknown> | undefined): void {
    if (row?.public_id === fresh.publicId && typeof row.id === "bigint") {
      fresh.keyId = row.id;
    }
    if (typeof row?.sequence === "bigint") {
      this.#chain(fresh, row as unknown as Head);
    }
  }

  #chain(fresh: Fresh, head: Head): void {
    const detail = {
      ...this.#detail,
      name: fresh.name,
      owner_id: fresh.ownerId,
      key_prefix: fresh.displayPrefix,
    };
    const event = {
      projectId: fresh.projectId,
      sequence: head.sequence + 1n,
      actor: "cli",
      action: "api_key.created",
      resourceId: fresh.publicId,
      occurredAt: head.now,
      requestId: "",
      sourceIp: "",
      detail,
    };
    fresh.sequence = event.sequence;
    fresh.occurredAt = head.now;
    fresh.detail = JSON.stringify(detail);
    fresh.hash = chainHash(this.#trailKey, head.hash, event);
  }
}

function freshKey(project: FloorProject): Fresh {
  const name = freshName();
  const keyValue = newSecret(project.keyPrefix);
  return {
    projectId: project.id,
    projectPublicId: project.publicId,
    publicId: newPublicId(),
    name,
    ownerId: ownerOf(name),
    displayPrefix: displayForm(keyValue, project.keyPrefix),
    digest: digestOf(keyValue),
  };
}

function isSame(fact: unknown, value: unknown): boolean {
  if (Buffer.isBuffer(fact)) {
    return Buffer.isBuffer(value) && fact.equals(value);
  }
  if (fact instanceof Date) {
    return value instanceof Date && fact.getTime() === value.getTime();
  }
  return fact === value;
}
