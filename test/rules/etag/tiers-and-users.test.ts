import { beforeEach, describe, expect } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { denialOf } from "../../support/errors.js";
import { newUser, uniqueName } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { codeOf, goodPassword, newPerson, register, signIn } from "../sign_in/people.js";

/** A tier and a user, each of which a change is tried on, with an etag of it. */
interface Meant {
  readonly name: string;
  readonly userId: string;
  readonly etag: string;
}

interface Change {
  readonly of: "tier" | "user";
  run(clients: Clients, meant: Meant): Promise<unknown>;
}

const changes: Readonly<Record<string, Change>> = {
  UpsertTier: {
    of: "tier",
    run: ({ tiers }, { name, etag }) => tiers.upsertTier({ tier: { name, rateLimits: { perDay: 7 } }, etag }),
  },
  DeleteTier: { of: "tier", run: ({ tiers }, { name, etag }) => tiers.deleteTier({ name, etag }) },
  UpdateUser: {
    of: "user",
    run: ({ users }, { userId, etag }) => users.updateUser({ userId, role: UserRole.ADMIN, etag }),
  },
  DeleteUser: { of: "user", run: ({ users }, { userId, etag }) => users.deleteUser({ userId, etag }) },
};

let altalune: TestInstance;
let name: string;
let userId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  name = await newTier();
  userId = await newUser(altalune.clients);
});

async function newTier(): Promise<string> {
  const made = uniqueName("tier").replace(" ", "-");
  await altalune.clients.tiers.upsertTier({ tier: { name: made, rateLimits: { perDay: 5 } } });
  return made;
}

async function tier() {
  const { data } = await altalune.clients.tiers.queryTiers({ query: { keyword: name } });
  return data.find((one) => one.name === name);
}

async function user() {
  const { data } = await altalune.clients.users.queryUsers({ query: { pagination: { pageSize: 1000 } } });
  return data.find(({ id }) => id === userId);
}

const etagOf = async (of: Change["of"]) => (await (of === "tier" ? tier() : user()))?.etag ?? "";

test("the etag of a tier is another after each change, and the one of the answer", async () => {
  const seen = [await etagOf("tier")];
  for (const perDay of [6, 6, 7]) {
    const answer = await altalune.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay } } });
    expect(answer.tier?.etag).toBe(await etagOf("tier"));
    seen.push(await etagOf("tier"));
  }
  expect(new Set(seen).size).toBe(4);
  expect(seen.join("")).toMatch(/^[A-Za-z0-9_-]{64}$/);
});

test("a tier that was made anew has another etag than the one of its name before", async () => {
  const before = await etagOf("tier");
  await altalune.clients.tiers.deleteTier({ name });
  await altalune.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay: 5 } } });
  expect(await etagOf("tier")).not.toBe(before);
});

test("the etag of a user is another after each change, and stays when the user signs in, or is signed out", async () => {
  const { users } = altalune.clients;
  const person = await newPerson(altalune, UserRole.VIEWER);
  userId = person.id;
  const seen = [await etagOf("user")];
  for (const settings of [{ displayName: "Grace" }, { displayName: "Grace" }, { role: UserRole.DEVELOPER }]) {
    const answer = await users.updateUser({ userId, ...settings });
    expect(answer.user?.etag).toBe(await etagOf("user"));
    seen.push(await etagOf("user"));
  }
  const { answer } = await signIn(altalune, { ...person, password: goodPassword });
  expect(answer.status).toBe(200);
  await users.revokeUserSessions({ userId });
  expect((await user())?.lastLoginAt).toBeDefined();
  expect([await etagOf("user"), (await users.getUser({ userId })).user?.etag]).toEqual([seen.at(-1), seen.at(-1)]);
  expect(new Set(seen).size).toBe(4);
});

test("whoever is invited and registers has another etag than before", async () => {
  const email = `${uniqueName("invited").replace(" ", "-")}@example.com`;
  const invite = () => altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER });
  const [first, second] = [await invite(), await invite()];
  expect(second.user?.etag).not.toBe(first.user?.etag);
  const { body } = await register(altalune, {
    username: uniqueName("person").replace(" ", "-"),
    email,
    invitation: codeOf(second.invitationUrl),
  });
  userId = body.id;
  expect(await etagOf("user")).not.toBe(second.user?.etag);
});

describe.each(Object.entries(changes))("%s", (rpc, { of, run }) => {
  test("is done where its etag is that of now, or `*`, or none", async () => {
    for (const etag of [await etagOf(of), "*", ""]) {
      await run(altalune.clients, { name, userId, etag });
      if (rpc.startsWith("Delete")) {
        expect(await (of === "tier" ? tier() : user())).toBeUndefined();
        name = await newTier();
        userId = await newUser(altalune.clients);
      }
    }
  });

  test("is refused where its etag is another, and nothing is written", async () => {
    const stale = await etagOf(of);
    await altalune.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay: 6 } } });
    await altalune.clients.users.updateUser({ userId, displayName: "Grace" });
    const before = [await tier(), await user()];
    const events = async () => (await altalune.clients.audit.queryAuditEvents({})).data.map(({ sequence }) => sequence);
    const seen = await events();
    for (const etag of [stale, `"${await etagOf(of)}"`, "?"]) {
      expect(await denialOf(run(altalune.clients, { name, userId, etag }))).toMatchObject({
        code: "Aborted",
        reason: "ETAG_MISMATCH",
      });
    }
    expect([await tier(), await user()]).toEqual(before);
    expect(await events()).toEqual(seen);
  });

  test("is invalid with an etag that can be none", async () => {
    for (const etag of ["a".repeat(65), "é", "a\tb"]) {
      expect(await denialOf(run(altalune.clients, { name, userId, etag }))).toMatchObject({
        code: "InvalidArgument",
        fields: ["etag"],
      });
    }
  });
});

test("a change of a tier that is gone makes none, if it names an etag", async () => {
  const etag = await etagOf("tier");
  await altalune.clients.tiers.deleteTier({ name });
  for (const meant of [etag, "*"]) {
    const change = altalune.clients.tiers.upsertTier({ tier: { name }, etag: meant });
    expect(await denialOf(change)).toMatchObject({ code: "Aborted", reason: "ETAG_MISMATCH" });
  }
  expect(await tier()).toBeUndefined();
});
