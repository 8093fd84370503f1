import { expect, onTestFinished, test, vi } from "vitest";
import { DatabaseBusyError } from "../../../src/domain/overload/errors.js";
import { GatheredLookUps } from "../../../src/domain/verification/gathered-look-ups.js";
import { lookUpMs } from "../../../src/domain/verification/look-ups.js";
import type { KeyRecord } from "../../../src/domain/verification/model.js";
import { ConcurrencyLimiter } from "../../../src/platform/concurrency-limiter.js";

/** Look-ups with these places, whose statements a test lets go on; a record is named as its digest is. */
function heldLookUps(places: number) {
  const statements: { readonly asked: readonly string[]; goOn(error?: Error): void }[] = [];
  const statement = async (digests: readonly Buffer[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const asked = digests.map((digest) => digest.toString());
    statements.push({ asked, goOn: (error) => (error === undefined ? resolve() : reject(error)) });
    await promise;
    return asked;
  };
  const recordOf = (name: string) => ({ name }) as KeyRecord;
  const lookUps = new GatheredLookUps({
    one: async (digest) => recordOf((await statement([digest]))[0] ?? ""),
    many: async (digests) => {
      const names = await statement(digests);
      return new Map(names.map((name) => [Buffer.from(name).toString("base64"), recordOf(name)]));
    },
    limiter: new ConcurrencyLimiter({ max: places, overloaded: () => new DatabaseBusyError() }),
  });
  const find = async (name: string, actor: string) => (await lookUps.find(Buffer.from(name), actor))?.name;
  const asked = () => statements.map((one) => one.asked);
  return { find, statements, asked };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a lone key is asked for at once, and those of an actor that come meanwhile together; others do not wait for them", async () => {
  const { find, statements, asked } = heldLookUps(4);
  const found = [find("a", "one")];
  await settled();
  found.push(find("b", "one"));
  await settled();
  found.push(find("c", "one"), find("d", "one"));
  await settled();
  const other = find("x", "other");
  await settled();
  expect(asked()).toEqual([["a"], ["b"], ["x"]]);
  statements[0]?.goOn();
  await settled();
  await settled();
  expect(asked()[3]).toEqual(["c", "d"]);
  for (const statement of statements) {
    statement.goOn();
  }
  expect(await Promise.all([...found, other])).toEqual(["a", "b", "c", "d", "x"]);
});

test("a hundred are asked for together, and those beyond by another statement", async () => {
  const { find, statements, asked } = heldLookUps(4);
  const names = Array.from({ length: 252 }, (_, i) => String(i));
  const found = names.map((name) => find(name, "one"));
  await settled();
  expect(asked().map(({ length }) => length)).toEqual([100, 100]);
  statements[0]?.goOn();
  await settled();
  await settled();
  expect(asked()[2]).toHaveLength(52);
  statements[1]?.goOn();
  statements[2]?.goOn();
  expect(await Promise.all(found)).toEqual(names);
});

test("a statement that fails fails those who share it, and the next asks again", async () => {
  const { find, statements, asked } = heldLookUps(4);
  const both = Promise.allSettled([find("a", "one"), find("b", "one")]);
  await settled();
  statements[0]?.goOn(new Error("away"));
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const again = find("a", "one");
  await settled();
  expect(asked()).toEqual([["a", "b"], ["a"]]);
  statements[1]?.goOn();
  expect(await again).toBe("a");
});

test("nobody waits for longer than a verification waits for the database, behind others neither", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { find } = heldLookUps(4);
  const waiting = [..."abcd"].map(async (name) => {
    const found = find(name, "one");
    await settled();
    return found;
  });
  const over = Promise.allSettled(waiting);
  await settled();
  vi.advanceTimersByTime(lookUpMs + 1);
  expect((await over).map((one) => one.status === "rejected" && one.reason)).toEqual(
    waiting.map(() => expect.any(DatabaseBusyError)),
  );
});

test("whoever has more waiting than may is refused at once, and what nobody waits for any more is not asked for", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { find, statements, asked } = heldLookUps(1);
  const waiting = Array.from({ length: 10_000 }, (_, i) => find(String(i), "one"));
  const over = Promise.allSettled(waiting);
  await expect(find("late", "one")).rejects.toThrow(DatabaseBusyError);
  void find("x", "other").catch(() => undefined);
  await settled();
  vi.advanceTimersByTime(lookUpMs + 1);
  expect((await over).every(({ status }) => status === "rejected")).toBe(true);
  const before = asked().length;
  let again: string | undefined;
  for (let i = 0; i < 300 && again === undefined; i++) {
    const found = find("again", "one").catch(() => undefined);
    for (const statement of statements) {
      statement.goOn();
    }
    vi.advanceTimersByTime(200);
    await settled();
    for (const statement of statements) {
      statement.goOn();
    }
    await settled();
    again = await Promise.race([found, settled().then(() => undefined)]);
  }
  expect(again).toBe("again");
  expect(asked().slice(before).flat().length).toBeLessThan(1_000);
});
