import type { Duration } from "@bufbuild/protobuf/wkt";
import { type LifetimeUnit, lifetimeOf, lifetimeParts } from "./lifetime.ts";
import { isWholeNumber } from "./whole-number.ts";

/** A time as it is typed; an empty count is none. */
export interface LifetimeFields {
  readonly count: string;
  readonly unit: LifetimeUnit;
}

/** Whether it is a time that the contract has room for, or none. */
export function readsAsLifetime({ count, unit }: LifetimeFields): boolean {
  return isWholeNumber(count) && isWholeNumber(`${lifetimeOf(Number(count), unit).seconds}`);
}

export function lifetimeFieldsOf(lifetime: Duration | undefined): LifetimeFields {
  if (lifetime === undefined) {
    return { count: "", unit: "days" };
  }
  const { count, unit } = lifetimeParts(lifetime);
  return { count: `${count}`, unit };
}

/** As a request has it, by the name of its field: nothing where it is none. */
export function lifetimeGiven<Name extends string>(name: Name, { count, unit }: LifetimeFields) {
  return count.trim() === "" ? {} : ({ [name]: lifetimeOf(Number(count), unit) } as Record<Name, { seconds: bigint }>);
}
