import { expect, test, vi } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { expireKey } from "../../support/expire.js";
import { dayMs } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";
import { newRootKey } from "../authority/root-keys.js";

test("a metric says when the root key that ends next ends, of those that work", { timeout: 90_000 }, async () => {
  await using altalune = await startTestInstance();
  await expectDaysLeft(altalune, Number.POSITIVE_INFINITY);

  const inDays = (days: number) => newRootKey(altalune, { expiresAt: new Date(Date.now() + days * dayMs) });
  await inDays(30);
  const soon = await inDays(10);
  const sooner = await inDays(3);
  await expectDaysLeft(altalune, 3);

  await altalune.services.rootKeys.revoke(commandLineCaller, sooner.id);
  await expectDaysLeft(altalune, 10);

  await expireKey(altalune.db, soon.id);
  await expectDaysLeft(altalune, 30);
});

async function expectDaysLeft(altalune: TestInstance, days: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const [, seconds = ""] = /^altalune_root_key_expires_seconds (\S+)$/m.exec(await metricsOf(altalune)) ?? [];
      const left = seconds === "+Inf" ? Number.POSITIVE_INFINITY : Number(seconds) / (dayMs / 1000);
      expect(left).toBeLessThanOrEqual(days);
      expect(left).toBeGreaterThanOrEqual(days - 0.01);
    },
    { timeout: 20_000, interval: 500 },
  );
}
