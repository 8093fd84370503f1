import { describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, newPerson, type Person, signIn } from "./people.js";

const env = { ALTALUNE_TRUSTED_PROXIES: "loopback" };
const from = (address: string) => ({ headers: { "x-forwarded-for": address } });

async function guess(instance: TestInstance, login: string, address: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) {
    const wrong = { username: login, password: `wrong-password-${i}` };
    statuses.push((await signIn(instance, wrong, from(address))).answer.status);
  }
  return statuses;
}

/** Ends the delay that an answer asks for. */
async function delayOf(answer: { readonly headers: Headers }): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get("retry-after")) * 1000));
}

describe("after wrong passwords", () => {
  test("an account lets attempts through ever more slowly, a user's and nobody's alike", async () => {
    await using altalune = await startTestInstance({ env });
    const { username } = await newPerson(altalune, UserRole.VIEWER);
    for (const login of [username, "nobody-at-all"]) {
      // Each from another address: the account counts.
      const statuses: number[] = [];
      for (let i = 0; i < 6; i++) {
        statuses.push(...(await guess(altalune, login, `198.51.100.${login.length + i}`, 1)));
      }
      expect(statuses, login).toEqual([401, 401, 401, 401, 401, 429]);
      const refused = await signIn(altalune, { username: login, password: "wrong" }, from("198.51.100.99"));
      expect(refused.answer.body).toMatchObject({ error: "TOO_MANY_FAILED_LOGINS", status: 429 });
      expect(["1", "2"]).toContain(refused.answer.headers.get("retry-after"));
    }
  });

  test("an address that tries many accounts is slowed down, and others are not", async () => {
    await using altalune = await startTestInstance({ env });
    const statuses: number[] = [];
    for (let i = 0; i < 22; i++) {
      statuses.push(...(await guess(altalune, `somebody-${i}`, "203.0.113.7", 1)));
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.slice(20)).toEqual([429, 429]);
    expect(await guess(altalune, "somebody-else", "203.0.113.8", 1)).toEqual([401]);
  });

  test("all addresses of a /64 are one that tries", async () => {
    await using altalune = await startTestInstance({ env });
    const statuses: number[] = [];
    for (let i = 0; i < 22; i++) {
      statuses.push(...(await guess(altalune, `somebody-${i}`, `2001:db8:0:7::${i}`, 1)));
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.slice(20)).toEqual([429, 429]);
    expect(await guess(altalune, "somebody-else", "2001:db8:0:8::1", 1)).toEqual([401]);
  });

  test("of many made-up names at once, an address has a few checked and leaves the others their turns", async () => {
    await using altalune = await startTestInstance({ env });
    const ada = await newPerson(altalune, UserRole.VIEWER);
    await signIn(altalune, ada, from("192.0.2.1"));
    const flood = Promise.all(Array.from({ length: 100 }, (_, i) => guess(altalune, `nobody-${i}`, "203.0.113.9", 1)));
    expect((await signIn(altalune, ada, from("192.0.2.1"))).answer.status).toBe(200);
    const statuses = (await flood).flat();
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(20);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  test("ten thousand of them later the user signs in, where that was done before, or once the delay is over", async () => {
    await using altalune = await startTestInstance({ env });
    const ada = await newPerson(altalune, UserRole.VIEWER);
    const home = from("192.0.2.1");
    const { device, answer } = await signIn(altalune, ada, home);
    expect(answer.status).toBe(200);
    const counts = await attack(altalune, ada, 10_000);
    expect(counts.get(401)).toBeLessThan(20);
    expect((counts.get(401) ?? 0) + (counts.get(429) ?? 0)).toBe(10_000);

    expect((await signIn(altalune, ada, home)).answer.status, "from home").toBe(200);
    const travelling = { headers: { ...from("192.0.2.77").headers, cookie: device } };
    expect((await signIn(altalune, ada, travelling)).answer.status, "with the browser of home").toBe(200);

    const stranger = from("192.0.2.78");
    const refused = await signIn(altalune, ada, stranger);
    expect(refused.answer.status).toBe(429);
    expect(Number(refused.answer.headers.get("retry-after"))).toBeLessThanOrEqual(30);
    await delayOf(refused.answer);
    expect((await signIn(altalune, ada, stranger)).answer.status, "from nowhere").toBe(200);
  }, 400_000);

  test("a mark of a browser is good for its own user alone, and lets no more attempts through", async () => {
    await using altalune = await startTestInstance({ env });
    const ada = await newPerson(altalune, UserRole.VIEWER);
    const eve = await newPerson(altalune, UserRole.VIEWER);
    const { device } = await signIn(altalune, eve, from("192.0.2.1"));
    await guess(altalune, ada.username, "198.51.100.1", 7);
    const headers = { ...from("198.51.100.2").headers, cookie: device };
    const body = { username: ada.username, password: "wrong-password-1" };
    expect((await ask(altalune, "POST /api/auth/login", { body, headers })).status).toBe(429);
    const own = { username: eve.username, password: "wrong-password-1" };
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      statuses.push((await ask(altalune, "POST /api/auth/login", { body: own, headers })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});

test("whoever had the password before it was changed is a stranger afterwards, by every mark and at every address", async () => {
  await using altalune = await startTestInstance({ env });
  const ada = await newPerson(altalune, UserRole.VIEWER);
  const thief = from("203.0.113.7");
  const marks = [(await signIn(altalune, ada, thief)).device, (await signIn(altalune, ada, thief)).device];
  const { cookie } = await signIn(altalune, ada, from("192.0.2.1"));
  const changed = await ask(altalune, "PUT /api/auth/password", {
    ...{ cookie, headers: from("192.0.2.1").headers },
    body: { current_password: ada.password, new_password: "copper-lantern-58-creek" },
  });
  expect(changed.status).toBe(204);
  const body = { username: ada.username, password: "wrong-password" };
  const statuses: number[] = [];
  for (const [i, mark] of [...Array(5).fill(marks[0]), marks[1]].entries()) {
    const headers = { ...from(`198.51.100.${i}`).headers, cookie: mark };
    statuses.push((await ask(altalune, "POST /api/auth/login", { body, headers })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  expect(await guess(altalune, ada.username, "203.0.113.7", 1)).toEqual([429]);
  const own = { ...ada, password: "copper-lantern-58-creek" };
  expect((await signIn(altalune, own, from("192.0.2.1"))).answer.status).toBe(200);
});

async function attack(
  instance: TestInstance,
  { username }: Person,
  times: number,
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  let left = times;
  const attacker = async (address: string) => {
    while (left-- > 0) {
      const { answer } = await signIn(instance, { username, password: `wrong-${left}-password` }, from(address));
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, i) => attacker(`198.51.100.${i}`)));
  return counts;
}
