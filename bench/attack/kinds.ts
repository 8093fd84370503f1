/** The floods of `flood.ts`, beside the mixed attack of `attacker.ts`. */
export const floodKinds = [
  "unread probes, HTTP/1.1",
  "unread answers of other faces, HTTP/1.1",
  "unread probes, HTTP/2 with a window of 0",
  "batches of 1,000 limit reads, 4 at once",
  "signed requests with made-up ids, 200 at once",
  "6,000 unknown root keys at once, every 5 s",
  "listings of 1,000 keys that ask for brotli, 4 at once",
  "reflection that asks for brotli, 4 at once",
] as const;
export type FloodKind = (typeof floodKinds)[number];
