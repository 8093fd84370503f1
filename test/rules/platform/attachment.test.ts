import { expect, test } from "vitest";
import { Attachment, noAttachments } from "../../../src/platform/attachment.js";

test("kinds do not meet on one object, nor objects in one kind", () => {
  const [texts, numbers] = [new Attachment<string>(), new Attachment<number>()];
  const [one, other] = [{ attachments: noAttachments() }, { attachments: noAttachments() }];
  texts.set(one, "a");
  numbers.set(one, 1);
  texts.set(other, "b");
  expect([texts.get(one), numbers.get(one), texts.get(other), numbers.get(other)]).toEqual(["a", 1, "b", undefined]);
});
