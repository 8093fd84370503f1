import { useState } from "react";

export interface Keyset {
  /** Of the page that is shown; empty: the first. */
  readonly token: string;
  /** From 1. */
  readonly page: number;
  goOn(nextToken: string): void;
  goBack(): void;
}

/** Walks a listing by tokens, which cost the same at its end as at its beginning. Another query begins at its first page. */
export function useKeyset(query: string): Keyset {
  const [walk, setWalk] = useState({ query, tokens: [""] });
  if (walk.query !== query) {
    setWalk({ query, tokens: [""] });
  }
  const tokens = walk.query === query ? walk.tokens : [""];
  return {
    token: tokens.at(-1) ?? "",
    page: tokens.length,
    goOn: (nextToken) => setWalk({ query, tokens: [...tokens, nextToken] }),
    goBack: () => setWalk({ query, tokens: tokens.length > 1 ? tokens.slice(0, -1) : tokens }),
  };
}
