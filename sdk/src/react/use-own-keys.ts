import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type ApiKey, SortOrder } from "../messages.js";
import { faultOf, type OwnKeys, ownKeysBy } from "./client.js";
import type { ApiKeysTexts } from "./texts.js";

const pageSize = 50;

export interface Asker {
  readonly baseUrl: string;
  readonly token: string;
  readonly projectId?: string | undefined;
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
  showMore(): void;
  /** Does one thing at a time, and lists the keys anew. @returns whether it was done */
  change(work: (client: OwnKeys) => Promise<unknown>): Promise<boolean>;
}

/** The keys of the owner whose token it is, the newest first. */
export function useOwnKeys({ baseUrl, token, projectId, texts, onRefused }: Asker): OwnKeyList {
  const client = useMemo(() => ownKeysBy(baseUrl, token, projectId), [baseUrl, token, projectId]);
  const [list, setList] = useState<{ readonly keys: readonly ApiKey[]; readonly next: string }>();
  const [fault, setFault] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const busy = useRef(false);
  // What is said and done of a failure may be given anew at each drawing; that is no reason to ask again.
  const latest = useRef({ texts, onRefused });
  latest.current = { texts, onRefused };

  const tell = useCallback((error: unknown) => {
    const { sentence, isRefused } = faultOf(error, latest.current.texts);
    setFault(sentence);
    if (isRefused) {
      latest.current.onRefused?.();
    }
  }, []);
  const attempt = useCallback(
    async (work: () => Promise<unknown>): Promise<boolean> => {
      if (busy.current) {
        return false;
      }
      busy.current = true;
      setIsBusy(true);
      setFault(undefined);
      try {
        await work();
        return true;
      } catch (error) {
        tell(error);
        return false;
      } finally {
        busy.current = false;
        setIsBusy(false);
      }
    },
    [tell],
  );
  const page = useCallback(
    async (pageToken: string) => {
      const sorting = { field: "created_at", order: SortOrder.DESC };
      const { data, meta } = await client.queryMyApiKeys({ query: { sorting, pagination: { pageSize, pageToken } } });
      return { keys: data, next: meta?.nextPageToken ?? "" };
    },
    [client],
  );

  useEffect(() => {
    let isOver = false;
    setList(undefined);
    setFault(undefined);
    page("").then(
      (first) => isOver || setList(first),
      (error: unknown) => isOver || tell(error),
    );
    return () => {
      isOver = true;
    };
  }, [page, tell]);

  return {
    keys: list?.keys,
    hasMore: list !== undefined && list.next !== "",
    isBusy,
    fault,
    showMore: () =>
      void attempt(async () => {
        const { keys, next } = await page(list?.next ?? "");
        setList({ keys: [...(list?.keys ?? []), ...keys], next });
      }),
    change: (work) =>
      attempt(async () => {
        await work(client);
        setList(await page(""));
      }),
  };
}
