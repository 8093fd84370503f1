import { expect, test } from "vitest";
import { isCommon } from "../../../src/domain/password/common.js";
import { parsePhc, passwordCost, phcOf } from "../../../src/domain/password/model.js";
import { PasswordService } from "../../../src/domain/password/service.js";
import { argon2id } from "../../../src/platform/argon2.js";
import { binding } from "../../../src/platform/argon2-thread.js";

test("Node's own argon2id and the binding for older Nodes derive the same", async () => {
  const given = [Buffer.from("wintry-orchard-41-lamp"), Buffer.from("a salt of sixteen"), passwordCost, 32] as const;
  const [message, salt, cost, length] = given;
  expect((await binding())({ message, salt, cost, length })).toEqual(await argon2id(...given));
});

test("both derive what the reference implementation of argon2 publishes", async () => {
  const cost = { memory: 65_536, passes: 2, lanes: 1 };
  const expected = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
  const [message, salt] = [Buffer.from("password"), Buffer.from("somesalt")];
  expect((await argon2id(message, salt, cost, 32)).toString("hex")).toBe(expected);
  const derived = (await binding())({ message, salt, cost, length: 32 });
  expect(Buffer.from(derived).toString("hex")).toBe(expected);
});

test("a stored password is read with the cost that it was made with", () => {
  const hash = { cost: { memory: 8, passes: 1, lanes: 1 }, salt: Buffer.alloc(16, 1), derived: Buffer.alloc(32, 2) };
  expect(parsePhc(phcOf(hash))).toEqual(hash);
  expect(phcOf(hash)).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[^=]+\$[^=]+$/);
  expect(() => parsePhc("$2b$10$bcrypt")).toThrow("not as argon2id has it");
});

test("a password is the same in either form of Unicode", async () => {
  const passwords = new PasswordService();
  const phc = await passwords.hash("crème-brûlée-41-lamp".normalize("NFC"), "stranger");
  expect(await passwords.matches("crème-brûlée-41-lamp".normalize("NFD"), phc, "stranger")).toBe(true);
  expect(await passwords.matches("creme-brulee-41-lamp", phc, "stranger")).toBe(false);
  expect(await passwords.matches("crème-brûlée-41-lamp", undefined, "stranger")).toBe(false);
});

test("more than may wait are told to come again, and places are kept for those who are known", async () => {
  const passwords = new PasswordService();
  const phc = phcOf({ cost: { memory: 8, passes: 1, lanes: 1 }, salt: Buffer.alloc(16), derived: Buffer.alloc(32) });
  const strangers = Array.from({ length: 300 }, () => passwords.matches("x", phc, "stranger"));
  const known = Array.from({ length: 65 }, () => passwords.matches("x", phc, "known"));
  const outcomes = await Promise.all([Promise.allSettled(strangers), Promise.allSettled(known)]);
  const [ofStrangers, ofKnown] = outcomes.map((some) => some.filter(({ status }) => status === "rejected"));
  expect(ofStrangers).toHaveLength(300 - 192);
  expect(ofKnown).toHaveLength(1);
  expect(ofStrangers?.[0]).toMatchObject({ reason: { kind: "unavailable", reason: "SIGN_IN_BUSY" } });
});

test("whoever is known does not wait for the strangers before", async () => {
  const passwords = new PasswordService();
  const done: string[] = [];
  const hashes = ["stranger", "stranger", "stranger", "stranger", "stranger", "stranger", "known"] as const;
  const tasks = hashes.map(async (standing) => {
    await passwords.matches("x", undefined, standing);
    done.push(standing);
  });
  await Promise.all(tasks);
  expect(done.indexOf("known")).toBeLessThan(done.length - 1);
});

test("common passwords are found beside the event loop", async () => {
  let turns = 0;
  let turn: NodeJS.Immediate | undefined;
  const count = () => {
    turns += 1;
    turn = setImmediate(count);
  };
  turn = setImmediate(count);
  const found = await Promise.all(["password1234", "wintry-orchard-41-lamp"].map((one) => isCommon(one, [])));
  clearImmediate(turn);
  expect(found).toEqual([true, false]);
  // On the loop both would have been there before its next turn.
  expect(turns).toBeGreaterThan(0);
});
