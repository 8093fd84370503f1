import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AddressRange, parseRanges } from "../../../src/platform/address-ranges.js";
import { EgressError, guardedRequest } from "../../../src/platform/egress/guarded-request.js";
import { type ResolveName, systemResolve } from "../../../src/platform/egress/look-ups.js";

const post = { method: "POST", headers: {}, body: Buffer.from("{}"), actor: "", timeoutMs: 2_000 } as const;
const variable = "ALTALUNE_WEBHOOK_ALLOW";

/** What listens here counts who comes: nobody must. */
let port = 0;
let connections = 0;
const server = createServer((_request, response) => void response.end()).on("connection", () => {
  connections += 1;
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const send = (url: string, resolve = systemResolve, allowed: readonly AddressRange[] = []) =>
  guardedRequest(url, { allowed, variable, resolve }, post, async ({ statusCode }) => statusCode);

const to = (...addresses: readonly string[]): ResolveName => {
  return async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
};

describe("nothing connects to", () => {
  test.for([
    ["this machine", "127.0.0.1"],
    ["this machine by another name of it", "127.1"],
    ["this machine, as one number", "2130706433"],
    ["this machine, in hexadecimal", "0x7f000001"],
    ["this machine, in octal", "0177.0.0.1"],
    ["all of this machine's addresses", "0.0.0.0"],
    ["this machine in IPv6", "[::1]"],
    ["no address in IPv6", "[::]"],
    ["this machine, mapped to IPv6", "[::ffff:127.0.0.1]"],
    ["this machine, mapped to IPv6 in hexadecimal", "[::ffff:7f00:1]"],
    ["this machine, as IPv6 once had it", "[::7f00:1]"],
    ["this machine, by NAT64", "[64:ff9b::7f00:1]"],
    ["this machine, by 6to4", "[2002:7f00:1::]"],
    ["a private range", "10.1.2.3"],
    ["another", "172.16.0.1"],
    ["a third", "192.168.1.1"],
    ["a carrier's", "100.64.0.1"],
    ["a private range of IPv6", "[fd00::1]"],
    ["a link", "169.254.1.1"],
    ["the metadata of a cloud", "169.254.169.254"],
    ["the metadata of a cloud in IPv6", "[fd00:ec2::254]"],
    ["the host of Azure's machines", "168.63.129.16"],
    ["a link in IPv6", "[fe80::1]"],
    ["everybody", "255.255.255.255"],
    ["a group", "224.0.0.1"],
  ])("%s", async ([_what, host]) => {
    for (const scheme of ["https", "http"]) {
      await expect(send(`${scheme}://${host}:${port}/`)).rejects.toBeInstanceOf(EgressError);
    }
  });

  test.for(["127.0.0.1", "10.0.0.1", "::1", "::ffff:169.254.169.254", "fe80::1"])(
    "a name that leads to %s",
    async (address) => {
      await expect(send(`https://app.example.com:${port}/`, to(address))).rejects.toThrow(/not a public one/);
      // One of several is enough.
      await expect(send(`https://app.example.com:${port}/`, to("93.184.215.14", address))).rejects.toThrow(
        /not a public one/,
      );
    },
  );

  test("a name that led to a public address when it was looked at before", async () => {
    let asked = 0;
    const rebinding: ResolveName = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "192.0.32.10" : "127.0.0.1", family: 4 }];
    };
    // The first look is at what the connection is made to: there is no second.
    await expect(send(`https://rebind.example.com:${port}/`, rebinding)).rejects.toBeInstanceOf(Error);
    expect(asked).toBe(1);
    await expect(send(`https://rebind.example.com:${port}/`, rebinding)).rejects.toThrow(/not a public one/);
  });

  test.for([
    ["a user that looks like a host", "https://app.example.com@127.0.0.1/"],
    ["another scheme", "ftp://app.example.com/"],
    ["a file", "file:///etc/passwd"],
    ["no URL", "https://"],
    ["a public address in clear", "http://93.184.215.14/"],
  ] as const)("%s", async ([_what, url]) => {
    await expect(send(url)).rejects.toBeInstanceOf(EgressError);
  });

  test("any of these", () => {
    expect(connections).toBe(0);
  });
});

test("what is allowed by name is called, in clear too, and nothing beside it", async () => {
  const allowed = parseRanges("loopback") ?? [];
  expect(await send(`http://127.0.0.1:${port}/`, undefined, allowed)).toBe(200);
  expect(await send(`http://app.internal:${port}/`, to("127.0.0.1"), allowed)).toBe(200);
  await expect(send(`http://app.internal:${port}/`, to("10.0.0.1"), allowed)).rejects.toThrow(
    "plain http goes to addresses of ALTALUNE_WEBHOOK_ALLOW alone",
  );
});
