import { LRUCache } from "lru-cache";
import type { Clocks } from "../../platform/clock.js";
import type { Subject } from "../propagation/model.js";
import { Account } from "./account.js";
import type { LimitedKey } from "./model.js";
import type { Unspent } from "./refill.js";

/** The most keys that have an account here. */
const maxAccounts = 16 * 1024;

export interface AccountsOptions {
  readonly clocks: Clocks;
  /** Is given what a closed account had left. */
  readonly giveBack: (key: LimitedKey, unspent: Unspent) => void;
  readonly max?: number;
}

/** The accounts of the keys that are in use here. Whatever takes one out of here closes it, and its share goes back. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #byKey: LRUCache<bigint, Account>;

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#byKey = new LRUCache({ max: options.max ?? maxAccounts, dispose: (account) => account.close() });
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The account of a key, if it has one under the limits that it has now. */
  find({ apiKeyId, rateLimits }: LimitedKey): Account | undefined {
    const account = this.#byKey.get(apiKeyId);
    return account?.isUnder(rateLimits) === true ? account : undefined;
  }

  /** The same, opened if need be. One that was opened under other limits is closed. */
  open(key: LimitedKey): Account {
    const found = this.find(key);
    if (found !== undefined) {
      return found;
    }
    const { projectId, apiKeyId, tier, rateLimits } = key;
    const own = { projectId, apiKeyId, tier, rateLimits };
    const { clocks, giveBack } = this.#options;
    const account = new Account(own, clocks, (unspent) => giveBack(own, unspent));
    this.#byKey.set(apiKeyId, account);
    return account;
  }

  /** Closes the accounts that a change touches. Projects and tiers change seldom: it may take a walk through all. */
  close(subject: Subject): void {
    switch (subject.kind) {
      case "api_key":
        this.#byKey.delete(subject.id);
        return;
      case "project":
        this.#closeWhere(({ key }) => key.projectId === subject.id);
        return;
      case "tier":
        this.#closeWhere(({ key }) => key.tier === subject.name);
        return;
      default: {
        const unreachable: never = subject;
        throw new Error(`unknown subject ${JSON.stringify(unreachable)}`);
      }
    }
  }

  closeIdle(): void {
    this.#closeWhere((account) => account.isIdle);
  }

  closeAll(): void {
    this.#byKey.clear();
  }

  #closeWhere(matches: (account: Account) => boolean): void {
    for (const [apiKeyId, account] of [...this.#byKey.entries()]) {
      if (matches(account)) {
        this.#byKey.delete(apiKeyId);
      }
    }
  }
}
