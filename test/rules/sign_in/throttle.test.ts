import { expect, test } from "vitest";
import { Throttle } from "../../../src/domain/user/throttle.js";

const limits = { free: 3, maxDelaySeconds: 30, maxUnderWay: 10 };

test("each failure beyond those that are free doubles the delay, up to the most", () => {
  const throttle = new Throttle(limits);
  let now = 0;
  const delays: number[] = [];
  for (let i = 0; i < 9; i++) {
    expect(throttle.secondsBlocked("ada", now)).toBe(0);
    throttle.failed("ada", now);
    const seconds = throttle.secondsBlocked("ada", now);
    delays.push(seconds);
    now += seconds * 1000;
  }
  expect(delays).toEqual([0, 0, 2, 4, 8, 16, 30, 30, 30]);
  expect(throttle.secondsBlocked("eve", 0)).toBe(0);
});

test("a success forgives what failed before", () => {
  const throttle = new Throttle(limits);
  for (let i = 0; i < 5; i++) {
    throttle.failed("ada", 0);
  }
  throttle.succeeded("ada");
  expect(throttle.secondsBlocked("ada", 0)).toBe(0);
});

test("of attempts at once, no more are let through than may fail once one has, and before that a number", () => {
  const throttle = new Throttle(limits);
  throttle.failed("ada", 0);
  const ends = [throttle.begin("ada"), throttle.begin("ada")];
  expect(throttle.secondsBlocked("ada", 0)).toBe(1);
  ends[0]?.();
  expect(throttle.secondsBlocked("ada", 0)).toBe(0);
  ends[1]?.();
  const many = Array.from({ length: limits.maxUnderWay }, () => throttle.begin("eve"));
  expect(throttle.secondsBlocked("eve", 0)).toBe(1);
  for (const end of many) {
    end();
  }
  expect(throttle.secondsBlocked("eve", 0)).toBe(0);
});
