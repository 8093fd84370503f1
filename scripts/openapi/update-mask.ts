import type { DescField } from "@bufbuild/protobuf";
import { rulesOf } from "./rules.js";

/** The fields that an update mask may name, by their names in the query or in a body. */
export function maskableNames(mask: DescField, spelling: "name" | "jsonName"): readonly string[] {
  const type = rulesOf(mask)?.type;
  if (type?.case !== "fieldMask") {
    throw new Error(`${mask.parent.name}.${mask.name} names none that it takes`);
  }
  const names = type.value.in;
  return mask.parent.fields.filter(({ name }) => names.includes(name)).map((field) => field[spelling]);
}
