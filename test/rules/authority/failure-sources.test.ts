import { expect, test } from "vitest";
import { FailedAuthentications, maxFailures } from "../../../src/domain/root_key/failures.js";

function failOften(...addresses: readonly string[]): FailedAuthentications {
  const failures = new FailedAuthentications();
  for (let i = 0; i < maxFailures; i++) {
    failures.add(addresses[i % addresses.length] ?? "", 0);
  }
  return failures;
}

test("the addresses of one IPv6 subscriber fail together", () => {
  const failures = failOften("2001:db8:1:2::1", "2001:db8:1:2:ffff::2");
  expect(failures.secondsBlocked("2001:db8:1:2:3:4:5:6", 0)).toBe(60);
  expect(failures.secondsBlocked("2001:db8:1:3::1", 0)).toBe(0);
});

test("IPv4 addresses, and callers of unknown address, fail each for itself", () => {
  expect(failOften("192.0.2.1").secondsBlocked("192.0.2.1", 0)).toBe(60);
  expect(failOften("192.0.2.1").secondsBlocked("192.0.2.2", 0)).toBe(0);
  expect(failOften("unknown").secondsBlocked("unknown", 0)).toBe(60);
});
