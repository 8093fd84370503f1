import { lookup } from "node:dns/promises";
import { ConcurrencyLimiter } from "../concurrency-limiter.js";

/** Finds the addresses of a name, for somebody such as a project. */
export type ResolveName = (
  name: string,
  actor: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** A name was not looked up, since those before it take long: it says nothing of the name. */
export class LookUpsBusyError extends Error {
  override readonly name = "LookUpsBusyError";

  constructor() {
    super("the look-ups of other names take too long");
  }
}

/** As the system does: by its hosts file and search domains too, since an endpoint may be the service next door. */
export const systemResolve: ResolveName = (name) => lookup(name, { all: true });

/**
 * How many names are looked up at once. Each takes one of the process' four threads, for as long as a name server is waited for, and files
 * and connections to the database need these too.
 */
const atOnce = 2;
const waitMs = 2_000;

/**
 * Looks up the names that others have chosen a few at a time, one for each actor and all actors in turn, so that names whose servers do
 * not answer hold up whoever has chosen them and leave the process its threads.
 *
 * @returns what throws LookUpsBusyError where a look-up does not begin within `waitMs`
 */
export function boundLookUps(resolve: ResolveName): ResolveName {
  const limiter = new ConcurrencyLimiter({
    max: atOnce,
    maxPerActor: 1,
    queueTimeoutMs: waitMs,
    overloaded: () => new LookUpsBusyError(),
  });
  const underWay = new Map<string, ReturnType<ResolveName>>();
  return (name, actor) => {
    const key = `${actor} ${name}`;
    let found = underWay.get(key);
    if (found === undefined) {
      found = limiter.run(() => resolve(name, actor), actor).finally(() => underWay.delete(key));
      underWay.set(key, found);
    }
    return found;
  };
}
