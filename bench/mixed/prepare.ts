import { commandLineCaller } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { remember } from "../lib/remember.js";
import { RpcClient } from "../lib/rpc-client.js";
import type { ServiceProcess } from "../lib/service-process.js";
import { withServices } from "../lib/with-services.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import { KeyBook, type LiveKey, unchanged, unknownKey } from "./key-book.js";
import type { Tally } from "./tally.js";

/** What a key of each of the two tiers may do a minute: more than it is asked for here, so that none is refused. */
const perMinute = [100, 10_000] as const;

export interface Wanted {
  readonly databaseUrl: string;
  readonly services: readonly ServiceProcess[];
  readonly projects: number;
  readonly live: number;
  /** Of each of the two tiers. */
  readonly limited: number;
  readonly cold: number;
  /** That every instance remembers from before, and nobody asks for any more. */
  readonly formerly: number;
  /** Values that are no key, which every instance is asked for. */
  readonly unknown: number;
}

export interface Prepared {
  readonly book: KeyBook;
  /** Public ids. */
  readonly projectIds: readonly string[];
  /** Has every instance remember those keys as they are now, and other values that are no key. */
  readonly rememberAgain: () => Promise<unknown>;
}

/** Makes projects and keys, and has every instance remember what is no key, and keys that are not cold, those of before first. */
export async function prepare(wanted: Wanted, tally: Tally): Promise<Prepared> {
  const { databaseUrl, services } = wanted;
  const masterKey = services[0]?.masterKey ?? "";
  const made = await withServices({ databaseUrl, masterKey }, async ({ projects, tiers }, db) => {
    const places: Awaited<ReturnType<typeof projects.create>>[] = [];
    for (let i = 0; i < wanted.projects; i++) {
      const place = { ...uncappedProject, name: `bench ${i}`, maxKeysPerOwner: 5 };
      places.push(await projects.create(commandLineCaller, place));
    }
    const spread = async (count: number, tier?: string) => {
      const keys = places.map(() => newKeys(Math.ceil(count / wanted.projects)));
      for (const [i, { id }] of places.entries()) {
        await insertKeys(db, id, keys[i] ?? [], { tier, metadata: unchanged });
      }
      return keys.flat();
    };
    const limited: string[] = [];
    for (const limit of perMinute) {
      await tiers.upsert(commandLineCaller, `bench-${limit}`, { perMinute: limit, perDay: undefined });
      limited.push(...(await spread(wanted.limited, `bench-${limit}`)));
    }
    const projectIds = places.map(({ publicId }) => publicId);
    const formerly = await spread(wanted.formerly);
    return { projectIds, formerly, live: await spread(wanted.live), limited, cold: await spread(wanted.cold) };
  });
  const rememberAll = async (live: readonly string[]) => {
    let known: readonly LiveKey[] = [];
    for (const service of services) {
      const rpc = new RpcClient(service);
      await remember(rpc, Array.from({ length: wanted.unknown }, unknownKey));
      await liveKeys(rpc, made.formerly, tally);
      await liveKeys(rpc, made.limited, tally);
      known = await liveKeys(rpc, live, tally);
      rpc.close();
    }
    return known;
  };
  const book = new KeyBook({ ...made, live: await rememberAll(made.live) });
  return { book, projectIds: made.projectIds, rememberAgain: () => rememberAll(book.liveValues()) };
}

async function liveKeys(rpc: RpcClient, values: readonly string[], tally: Tally): Promise<readonly LiveKey[]> {
  const told = await remember(rpc, values);
  return told.map(({ code, projectId, apiKeyId }, i) => {
    tally.verdict(code);
    return { projectId, id: apiKeyId, value: values[i] ?? "", revision: 0, isChanging: false, endings: 0 };
  });
}
