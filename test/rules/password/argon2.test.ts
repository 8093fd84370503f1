import { expect, test } from "vitest";
import { parsePhc, passwordCost, phcOf } from "../../../src/domain/password/model.js";
import { PasswordService } from "../../../src/domain/password/service.js";
import { argon2id, binding } from "../../../src/platform/argon2.js";

test("Node's own argon2id and the binding for older Nodes derive the same", async () => {
  const given = [Buffer.from("wintry-orchard-41-lamp"), Buffer.from("a salt of sixteen"), passwordCost, 32] as const;
  expect(await (await binding())(...given)).toEqual(await argon2id(...given));
});

test("a stored password is read with the cost that it was made with", () => {
  const hash = { cost: { memory: 8, passes: 1, lanes: 1 }, salt: Buffer.alloc(16, 1), derived: Buffer.alloc(32, 2) };
  expect(parsePhc(phcOf(hash))).toEqual(hash);
  expect(phcOf(hash)).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[^=]+\$[^=]+$/);
  expect(() => parsePhc("$2b$10$bcrypt")).toThrow("not as argon2id has it");
});

test("a password is the same in either form of Unicode", async () => {
  const passwords = new PasswordService();
  const phc = await passwords.hash("crème-brûlée-41-lamp".normalize("NFC"));
  expect(await passwords.matches("crème-brûlée-41-lamp".normalize("NFD"), phc)).toBe(true);
  expect(await passwords.matches("creme-brulee-41-lamp", phc)).toBe(false);
  expect(await passwords.matches("crème-brûlée-41-lamp", undefined)).toBe(false);
});

test("more than may wait are told to come again", async () => {
  const passwords = new PasswordService();
  const phc = phcOf({ cost: { memory: 8, passes: 1, lanes: 1 }, salt: Buffer.alloc(16), derived: Buffer.alloc(32) });
  const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => passwords.matches("x", phc)));
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(300 - 256);
  expect(refused[0]).toMatchObject({ reason: { kind: "unavailable", reason: "SIGN_IN_BUSY" } });
});
