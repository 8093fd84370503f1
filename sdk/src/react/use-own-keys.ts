import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiKey, SortOrder } from "../messages.js";
import { faultOf, type OwnKeys } from "./client.js";
import type { ApiKeysTexts } from "./texts.js";

const pageSize = 50;

export interface Asker {
  /** Another one is another owner's, or the same owner's with a token that was renewed. */
  readonly client: OwnKeys;
  readonly texts: ApiKeysTexts;
  readonly onRefused?: (() => void) | undefined;
}

export interface OwnKeyList {
  /** Undefined: not known yet. */
  readonly keys: readonly ApiKey[] | undefined;
  readonly hasMore: boolean;
  readonly isBusy: boolean;
  /** Why the last call did not work; undefined: it did. */
  readonly fault: string | undefined;
  /** Whether they could not be listed, the last time. */
  readonly isStale: boolean;
  showMore(): void;
  reload(): void;
  /** Does one thing at a time, and lists the keys anew. @returns whether it was done */
  change(work: (client: OwnKeys) => Promise<unknown>): Promise<boolean>;
}

/** What is known by the answers to one client. */
interface Seen {
  readonly by: OwnKeys;
  readonly keys?: readonly ApiKey[];
  readonly next: string;
  readonly isBusy: boolean;
  readonly fault?: string | undefined;
  readonly isStale: boolean;
}

/** The keys of the owner whose client it is, the newest first. Nothing that another client is answered is shown or kept among them. */
export function useOwnKeys({ client, texts, onRefused }: Asker): OwnKeyList {
  const [seen, setSeen] = useState(() => nothingSeen(client));
  const busy = useRef<OwnKeys>(undefined);
  // What is said and done of a failure may be given anew at each drawing; that is no reason to ask again.
  const latest = useRef({ client, texts, onRefused });
  latest.current = { client, texts, onRefused };

  const note = useCallback(
    (part: Partial<Seen>) => setSeen((before) => (before.by === client ? { ...before, ...part } : before)),
    [client],
  );
  const tell = useCallback(
    (error: unknown, done = "") => {
      const { sentence, isRefused } = faultOf(error, latest.current.texts);
      note({ fault: done === "" ? sentence : isRefused ? `${done} ${sentence}` : done });
      if (isRefused && latest.current.client === client) {
        latest.current.onRefused?.();
      }
    },
    [client, note],
  );
  const page = useCallback(
    async (pageToken: string) => {
      const sorting = { field: "created_at", order: SortOrder.DESC };
      const { data, meta } = await client.queryMyApiKeys({ query: { sorting, pagination: { pageSize, pageToken } } });
      return { keys: data, next: meta?.nextPageToken ?? "" };
    },
    [client],
  );
  const list = useCallback(async () => {
    try {
      note({ ...(await page("")), isStale: false });
    } catch (error) {
      note({ isStale: true });
      throw error;
    }
  }, [note, page]);

  useEffect(() => {
    let isOver = false;
    setSeen(nothingSeen(client));
    list().catch((error: unknown) => isOver || tell(error));
    return () => {
      isOver = true;
    };
  }, [client, list, tell]);

  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (busy.current === client) {
      return false;
    }
    busy.current = client;
    note({ isBusy: true, fault: undefined });
    try {
      await work();
      return true;
    } catch (error) {
      tell(error);
      return false;
    } finally {
      if (busy.current === client) {
        busy.current = undefined;
      }
      note({ isBusy: false });
    }
  };
  const shown = seen.by === client ? seen : nothingSeen(client);
  return {
    keys: shown.keys,
    hasMore: shown.next !== "",
    isBusy: shown.isBusy,
    fault: shown.fault,
    isStale: shown.isStale,
    showMore: () =>
      void attempt(async () => {
        const { keys, next } = await page(shown.next);
        note({ keys: [...(shown.keys ?? []), ...keys], next });
      }),
    reload: () => void attempt(list),
    change: (work) =>
      attempt(async () => {
        try {
          await work(client);
        } catch (error) {
          // It may have been done all the same: then the list says so.
          if (!faultOf(error, texts).isRefused) {
            await list().catch(() => undefined);
          }
          throw error;
        }
        await list().catch((error: unknown) => tell(error, latest.current.texts.unlisted));
      }),
  };
}

function nothingSeen(by: OwnKeys): Seen {
  return { by, next: "", isBusy: false, isStale: false };
}
