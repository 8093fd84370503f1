import { getPriority } from "node:os";
import { expect, test } from "vitest";
import { besideOf, SideThread } from "../../../src/platform/side-thread.js";
import type { Question } from "./side-thread-answers.js";

const start = () => new SideThread<Question, number>(besideOf(import.meta.url, "side-thread-answers"));

test("a thread lets the event loop go first, on Linux", async () => {
  const own = getPriority();
  expect(await start().ask("priority")).toBe(process.platform === "linux" ? Math.max(own, 10) : own);
  expect(getPriority()).toBe(own);
});

test("a question that fails is told to whoever asked it, and the others are answered", async () => {
  const thread = start();
  const [failed, answered] = await Promise.allSettled([thread.ask("fail"), thread.ask("busy")]);
  expect(failed).toMatchObject({ status: "rejected", reason: { name: "RangeError", message: "no answer to that" } });
  expect(answered).toEqual({ status: "fulfilled", value: 0 });
});

test("a thread that is lost is told to all who wait, and another is started for the next", async () => {
  const thread = start();
  const outcomes = await Promise.allSettled([thread.ask("end"), thread.ask("busy")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await thread.ask("busy")).toBe(0);
});

test("the event loop has its turns meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  await start().ask("busy");
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});
