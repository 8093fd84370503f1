import type { Random } from "../../support/random.js";
import { change } from "./changing.js";
import type { CallRpc } from "./connect-json.js";
import { type Creator, create } from "./creating.js";
import { Holder } from "./holder.js";
import type { Ledger } from "./ledger.js";
import type { ChaosProject } from "./projects.js";

/** Enough that creations wait for each other and share transactions. */
const callers = 32;
/** Every so many-th caller changes keys, too. A change may wait seconds for an instance that was killed: the others go on. */
const changers = 4;

/** Callers create keys, and some rotate, revoke and delete some of their own, until a call finds nobody. */
export async function loadUntilLost(call: CallRpc, ledger: Ledger, random: Random): Promise<void> {
  const [strict, free] = ledger.projects as readonly [ChaosProject, ChaosProject];
  while (ledger.holders.length < callers) {
    ledger.holders.push(new Holder(strict, `owner-${ledger.holders.length}`));
  }
  const inBoth = random.between(0, 1) === 1;
  const shift = random.between(0, callers - 1);
  await Promise.all(
    ledger.holders.map((_, caller) => {
      // Each owner comes to a caller who frees room now and then.
      const capped = ledger.holders[(caller + shift) % callers] ?? new Holder(strict, "");
      const uncapped = [
        new Holder(strict, ""),
        ...(inBoth ? [new Holder(free, ""), new Holder(free, `owner-${crypto.randomUUID()}`)] : []),
      ];
      return callUntilLost({ call, ledger, random, capped, uncapped }, caller % changers === 0);
    }),
  );
}

async function callUntilLost(creator: Creator, changes: boolean): Promise<void> {
  const { call, ledger, random, capped, uncapped } = creator;
  for (let goesOn = true; goesOn; ) {
    const deed = changes ? random.weighted({ create: 5, rotate: 2, revoke: 1, delete: 1 }) : "create";
    const key = deed === "create" ? undefined : random.pick([capped, ...uncapped].flatMap(({ sound }) => sound));
    goesOn =
      deed === "create" || key === undefined ? await create(creator) : await change(call, deed, key, ledger, random);
  }
}
