import { texts } from "../texts.ts";

const { verdicts: words } = texts.usage;

export interface Verdict {
  /** As the contract has it, without what all begin with. */
  readonly code: string;
  readonly name: string;
  readonly meaning: string;
  /** Of the theme. */
  readonly color: string;
}

const { UNKNOWN: unknown, ...known } = words;

/** Those that there are, in the order in which they are shown; each has its colour wherever it is. */
const verdicts: readonly Verdict[] = Object.entries(known).map(([code, { name, meaning }]) => ({
  code,
  name,
  meaning,
  color: `var(--console-verdict-${code.toLowerCase().replace("_", "-")})`,
}));

/** What these codes stand for: acceptance always, and first; what a newer server knows, by its code. */
export function verdictsOf(codes: Iterable<string>): readonly Verdict[] {
  const there = new Set(["VALID", ...codes]);
  const strange = [...there].filter((code) => !Object.hasOwn(known, code));
  return [
    ...verdicts.filter(({ code }) => there.has(code)),
    ...strange.map((code) => ({ code, name: code, meaning: unknown.meaning, color: "var(--console-idle)" })),
  ];
}
