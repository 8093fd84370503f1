import { useState } from "react";
import { isLikeValue, isLikeValueAndNoHash } from "./like-value.ts";

/** As much of a value as lists may show: a prefix and five characters. */
const shownLength = 21;

/**
 * Whether what was typed may be the value of a key, or what is left of one while it is deleted.
 *
 * @param isForeignId whether it may be an id of somebody else's system
 */
export function useHeldBack(typed: string, isForeignId: boolean): boolean {
  const [value, setValue] = useState("");
  const isPart = typed.length > shownLength && value.includes(typed);
  const isLike = isForeignId ? isLikeValueAndNoHash(typed) : isLikeValue(typed);
  const heldBack = isPart ? value : isLike ? typed : "";
  if (heldBack !== value) {
    setValue(heldBack);
  }
  return heldBack !== "";
}
