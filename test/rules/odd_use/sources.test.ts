import { describe, expect } from "vitest";
import { sourceOf as sentSourceOf } from "../../../sdk/src/source.js";
import { networkOf, networkText } from "../../../src/domain/odd_use/network.js";
import { sourceOf } from "../../../src/domain/odd_use/source.js";
import { SourceRecorder } from "../../../src/domain/odd_use/source-recorder.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newRootKey } from "../authority/root-keys.js";

const period = () => ({ startTime: fromNow(-dayMs), endTime: fromNow(dayMs) });

function textOf(address: string): string | undefined {
  const network = networkOf(address);
  return network === undefined ? undefined : networkText(network);
}

describe("the network of an address", () => {
  test.for([
    ["203.0.113.9", "203.0.113.0/24"],
    ["0.0.0.0", "0.0.0.0/24"],
    ["255.255.255.255", "255.255.255.0/24"],
    ["::ffff:203.0.113.9", "203.0.113.0/24"],
    ["::ffff:cb00:7109", "203.0.113.0/24"],
    ["2001:db8:7:8::1", "2001:db8:7::/48"],
    ["2001:db8::1", "2001:db8::/48"],
    ["::1", "::/48"],
    ["fe80::1%eth0", "fe80::/48"],
  ] as const)("%s is %s", ([address, network]) => {
    expect(textOf(address)).toBe(network);
  });

  test.for([
    "",
    "203.0.113",
    "203.0.113.256",
    "203.0.113.09",
    "203.0.113.9.1",
    ".203.0.113",
    "203..0.113",
    "203.0.113.",
    "203.0.113.9 ",
    "2130706433",
    "0x7f.0.0.1",
    "localhost",
    "1.2.3.4, 5.6.7.8",
    "2001:db8:::1",
    "[::1]",
    "٢٠٣.0.113.9",
    "9".repeat(10_000),
  ])("%j has none", (address) => {
    expect(networkOf(address)).toBeUndefined();
  });
});

describe("however a key is used, what memory holds of it is bounded:", () => {
  const newKey = (apiKeyId: bigint) => ({ projectId: 1n, apiKeyId, slots: emptySlots() });
  const all = (recorder: SourceRecorder) => {
    recorder.close();
    const rows: (readonly [kind: number, value: string, verifications: number])[] = [];
    for (let batch = recorder.next(); batch !== undefined; batch = recorder.next()) {
      const { kinds, values, verifications } = batch;
      rows.push(...kinds.map((kind, i) => [kind, values[i] ?? "", verifications[i] ?? 0] as const));
      recorder.written();
    }
    return rows;
  };

  test("from a million networks by a million agents", () => {
    const recorder = new SourceRecorder();
    const key = newKey(7n);
    for (let i = 0; i < 1_000_000; i++) {
      recorder.record(key, { network: i, userAgent: `client/${i}` });
    }
    expect(recorder.rows).toBe(14);
    const rows = all(recorder);
    for (const kind of [1, 2]) {
      const sum = rows.filter(([of]) => of === kind).reduce((total, [, , count]) => total + count, 0);
      expect(sum).toBe(1_000_000);
    }
    expect(recorder.rows).toBe(0);
  });

  test("nor does a key that is used by any number of agents take their names from another", () => {
    const recorder = new SourceRecorder();
    const [flooded, other] = [newKey(1n), newKey(2n)];
    for (let i = 0; i < 10_000; i++) {
      recorder.record(flooded, { network: 1, userAgent: `client/${i}` });
    }
    recorder.record(other, { network: 1, userAgent: "orders/1.2" });
    recorder.record(flooded, { network: 1, userAgent: "client/3" });
    const agents = all(recorder).filter(([kind]) => kind === 2);
    expect(agents).toContainEqual([2, "orders/1.2", 1]);
    expect(agents).toContainEqual([2, "client/3", 2]);
    expect(agents).toContainEqual([2, "", 9_996]);
  });

  test.for([
    ["a".repeat(256), "a".repeat(256)],
    [`orders ${"aZ0_-9".repeat(100)}`, "orders "],
    [`${"a".repeat(254)}é.${"b".repeat(10)}`, `${"a".repeat(254)}é.`],
    [`${"a".repeat(250)}@[\`{/:${"b".repeat(10)}`, `${"a".repeat(250)}@[\`{/:`],
    ["a".repeat(300), ""],
  ] as const)("%j is cut before a word", ([userAgent, cut]) => {
    expect(sourceOf("203.0.113.9", userAgent)?.userAgent).toBe(cut);
  });

  test("of a key that an agent holds no half is left, as the SDK sends it", async ({ instance }) => {
    const { value } = await newApiKey(instance.clients, await newProject(instance.clients));
    const { sourceIp = "", userAgent = "" } = sentSourceOf("203.0.113.9", `${"x ".repeat(115)}${value}`);
    expect(sourceOf(sourceIp, userAgent)?.userAgent).toBe("x ".repeat(115));
  });

  test("what clients call themselves is cut, is text, and holds no secret", async ({ instance }) => {
    const { value } = await newApiKey(instance.clients, await newProject(instance.clients));
    const recorder = new SourceRecorder();
    const key = newKey(8n);
    for (const agent of [`a\0b\n${"c".repeat(10)}`, `orders ${value}`, `${"x ".repeat(115)}${value}`, "\ud800"]) {
      recorder.record(key, sourceOf("203.0.113.9", agent) ?? { network: 0, userAgent: "" });
    }
    const agents = all(recorder).filter(([kind]) => kind === 2);
    const texts = agents.map(([, text]) => text);
    expect(texts).toContain("a b cccccccccc");
    expect(texts.every((text) => text.length <= 256 && text.isWellFormed())).toBe(true);
    expect(texts.join()).not.toContain(value.slice(0, 20));
    expect(agents.reduce((total, [, , count]) => total + count, 0)).toBe(4);
  });
});

async function usedFrom({ usage }: Clients, projectId: string, apiKeyId: string) {
  const { networks, agents } = await usage.getApiKeyUsageBySource({ projectId, apiKeyId, ...period() });
  const told = ({ value, verifications }: (typeof networks)[number]) => [value, Number(verifications)] as const;
  return { networks: networks.map(told), agents: agents.map(told) };
}

describe("where a key is used from", () => {
  test("is told, those most often first, and what was refused is counted too", async ({ instance }) => {
    const { clients } = instance;
    const projectId = await newProject(clients);
    const { id, value: key } = await newApiKey(clients, projectId);
    const { verifyApiKey } = clients.verification;
    for (const sourceIp of ["203.0.113.9", "203.0.113.10", "::ffff:203.0.113.11", "2001:db8:7::1"]) {
      await verifyApiKey({ key, projectId, sourceIp, userAgent: "orders/1.2" });
    }
    await verifyApiKey({ key, projectId, sourceIp: "2001:db8:7:1::2", userAgent: "curl/8", requiredScopes: ["a"] });
    await verifyApiKey({ key, projectId, userAgent: "said alone" });
    await expect
      .poll(() => usedFrom(clients, projectId, id), { timeout: 20_000 })
      .toEqual({
        networks: [
          ["203.0.113.0/24", 3],
          ["2001:db8:7::/48", 2],
        ],
        agents: [
          ["orders/1.2", 4],
          ["curl/8", 1],
        ],
      });
    const { networks } = await clients.usage.getApiKeyUsageBySource({ projectId, apiKeyId: id, ...period(), limit: 1 });
    expect(networks).toHaveLength(1);
  });

  test("is not told of a key of another project, nor to a root key that may not see usage", async ({ instance }) => {
    const { clients } = instance;
    const projectId = await newProject(clients);
    const { id } = await newApiKey(clients, projectId);
    const elsewhere = await newProject(clients);
    const ask = { projectId: elsewhere, apiKeyId: id, ...period() };
    expect(await denialOf(clients.usage.getApiKeyUsageBySource(ask))).toMatchObject({ reason: "API_KEY_NOT_FOUND" });
    const { value } = await newRootKey(instance, { scopes: ["api_keys:read"] });
    const { usage } = instance.clientsWith(value);
    expect(await denialOf(usage.getApiKeyUsageBySource({ ...ask, projectId }))).toMatchObject({
      reason: "PERMISSION_MISSING",
    });
  });

  test.for(["203.0.113.256", "1.2.3.4, 5.6.7.8", "localhost", "'; drop table", "٢٠٣.0.113.9", "9".repeat(5_000)])(
    "%j is refused as an address, by the field's name",
    async (sourceIp, { instance }) => {
      const projectId = await newProject(instance.clients);
      const { value: key } = await newApiKey(instance.clients, projectId);
      // Once from the database, and then where memory knows the key.
      for (let i = 0; i < 3; i++) {
        const denial = await denialOf(instance.clients.verification.verifyApiKey({ key, sourceIp }));
        expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["source_ip"] });
        expect((await instance.clients.verification.verifyApiKey({ key })).valid).toBe(true);
      }
    },
  );

  test("whatever a client calls itself, the answer is a verdict", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const { value: key } = await newApiKey(instance.clients, projectId);
    for (const userAgent of ["\0", key, "x".repeat(20_000), "🔑".repeat(200), 'quo"ted\\']) {
      const { valid } = await instance.clients.verification.verifyApiKey({ key, sourceIp: "203.0.113.9", userAgent });
      expect(valid).toBe(true);
    }
  });
});
