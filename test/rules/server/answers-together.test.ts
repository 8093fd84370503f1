import { expect, test } from "vitest";
import { sendTogether, sendWaiting } from "../../../src/server/http/answers-together.js";

const endOfIteration = () => new Promise((resolve) => setImmediate(resolve));

test("answers that are ready in one iteration are sent at its end, in their order", async () => {
  const sent: number[] = [];
  for (let i = 0; i < 3; i++) {
    sendTogether(() => sent.push(i));
    await Promise.resolve();
  }
  expect(sent).toEqual([]);
  await endOfIteration();
  expect(sent).toEqual([0, 1, 2]);
});

test("what waits is sent before something longer is begun, once, and when sixty-four wait", async () => {
  const sent: number[] = [];
  sendTogether(() => sent.push(0));
  sendWaiting();
  expect(sent).toEqual([0]);
  for (let i = 1; i < 70; i++) {
    sendTogether(() => sent.push(i));
  }
  expect(sent).toHaveLength(65);
  await endOfIteration();
  expect(sent).toEqual(Array.from({ length: 70 }, (_, i) => i));
});

test("one that cannot be sent does not keep back those behind it", () => {
  const sent: number[] = [];
  sendTogether(() => {
    throw new Error("a fault");
  });
  sendTogether(() => sent.push(1));
  expect(() => sendWaiting()).toThrow("a fault");
  expect(sent).toEqual([1]);
});
