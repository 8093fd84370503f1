import { expect, test } from "vitest";
import { emptySlots, ObjectSlot } from "../../../src/platform/object-slot.js";

test("slots do not meet on one object, nor objects in one slot", () => {
  const [texts, numbers] = [new ObjectSlot<string>(), new ObjectSlot<number>()];
  const [one, other] = [{ slots: emptySlots() }, { slots: emptySlots() }];
  texts.set(one, "a");
  numbers.set(one, 1);
  texts.set(other, "b");
  expect([texts.get(one), numbers.get(one), texts.get(other), numbers.get(other)]).toEqual(["a", 1, "b", undefined]);
});
