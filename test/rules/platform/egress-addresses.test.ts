import { expect, test } from "vitest";
import { parseRanges } from "../../../src/platform/address-ranges.js";
import { isAllowed, isPublic } from "../../../src/platform/egress/addresses.js";

test.each(["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])("%s is a public address", (address) => {
  expect(isPublic(address)).toBe(true);
});

test.each([
  "127.0.0.1",
  "127.1.2.3",
  "0.0.0.0",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "192.0.2.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "168.63.129.16",
  "::ffff:168.63.129.16",
  "::",
  "::1",
  "::7f00:1",
  "::127.0.0.1",
  "::a9fe:a9fe",
  "::5db8:d70e",
  "4000::1",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "2002:7f00:1::1",
  "2001:db8::1",
  "fe80::1",
  "fe80::1%eth0",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "localhost",
  "2130706433",
  "0x7f000001",
  "127.1",
  "",
])("%s is none", (address) => {
  expect(isPublic(address)).toBe(false);
});

test("an address is allowed by itself, by its range or as one of this machine", () => {
  const allowed = ["10.1.0.0/16", "192.168.1.7", "loopback", "fd00::/8"].flatMap((text) => parseRanges(text) ?? []);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.168.1.7", "127.0.0.1", "::1", "fd12::1"]) {
    expect(isAllowed(address, allowed), address).toBe(true);
  }
  for (const address of ["10.2.0.1", "192.168.1.8", "fe80::1", "a.example", ""]) {
    expect(isAllowed(address, allowed), address).toBe(false);
  }
});

test.each(["10.1/16", "localhost", "10.0.0.0/33", "*", "a.example"])("%s allows nothing", (text) => {
  expect(parseRanges(text)).toBeUndefined();
});
