import { type RateLimitColumns, rateLimitsOfColumns } from "../rate_limit/columns.js";
import type { RateLimits } from "../rate_limit/model.js";

/** The most of each kind that are kept; a new start then costs memory only. */
const maxKept = 10_000;

/**
 * Texts, numbers, limits and lists of texts that many records hold alike, such as the scopes of a project's keys, each kept once: by
 * themselves they would be a quarter of what a remembered key takes.
 */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #numbers = new Map<bigint, bigint>();
  readonly #limits = new Map<string, RateLimits>();
  readonly #lists = new Map<string, readonly string[]>();

  text(value: string): string {
    return keptIn(this.#texts, value, value);
  }

  number(value: bigint): bigint {
    return keptIn(this.#numbers, value, value);
  }

  limits(columns: RateLimitColumns): RateLimits {
    return keptIn(this.#limits, `${columns.per_minute} ${columns.per_day}`, rateLimitsOfColumns(columns));
  }

  /** @param values without spaces */
  list(values: readonly string[]): readonly string[] {
    return keptIn(this.#lists, values.join(" "), values);
  }
}

function keptIn<Name, Value>(kept: Map<Name, Value>, name: Name, value: Value): Value {
  const known = kept.get(name);
  if (known !== undefined) {
    return known;
  }
  if (kept.size >= maxKept) {
    kept.clear();
  }
  kept.set(name, value);
  return value;
}
