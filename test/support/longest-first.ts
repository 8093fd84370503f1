import { existsSync } from "node:fs";
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files of `process` wait for processes and clocks, beside which others run; those of `rules`, short, end the run. */
const projects = ["process", "search", "rules"];

/** What takes longest, for a run that knows of none before it; the first two wait for minutes to pass. */
const slow = [
  "test/process/mail/instances.test.ts",
  "test/process/rate_limit/suspended.test.ts",
  "test/process/webhooks/kills.test.ts",
  "test/process/openapi/schemathesis.test.ts",
  "test/process/browser/console/accessibility.test.ts",
  "test/process/deploy/container.test.ts",
  "test/process/packages/npm.test.ts",
  "test/process/sdk/examples-elsewhere.test.ts",
  "test/process/gateways/every-gateway.test.ts",
  "test/process/browser/console/hundred-thousand-keys.test.ts",
  "test/process/browser/console/listing.test.ts",
  "test/process/embedded-postgres/recovers-from-crashes.test.ts",
  "test/process/conformance/conformance.test.ts",
  "test/process/database/connection-urls.test.ts",
  "test/process/rate_limit/across-instances.test.ts",
  "test/process/cli/stop-signals.test.ts",
  "test/process/cli/embedded.test.ts",
  "test/process/failover/cannot-change.test.ts",
  "test/process/failover/loss.test.ts",
  "test/process/cli/audit.test.ts",
  "test/process/chaos/kill.test.ts",
  "test/process/propagation/registry.test.ts",
  "test/process/workers/workers.test.ts",
  "test/process/propagation/notification-queue.test.ts",
  "test/process/rate_limit/killed.test.ts",
  "test/process/failover/ready-metric.test.ts",
  "test/process/cli/refused-starts.test.ts",
  "test/process/cli/migrate.test.ts",
  "test/process/failover/shared-look-ups.test.ts",
  "test/process/failover/slow-statements.test.ts",
  "test/search/fuzz/memory.test.ts",
  "test/search/secrecy/wrong-field.test.ts",
  "test/search/rest/as-connect.test.ts",
  "test/search/unary/warm-and-adapter.test.ts",
  "test/search/fuzz/extreme-bodies.test.ts",
  "test/search/unary/every-rpc.test.ts",
  "test/rules/sign_in/wrong-passwords.test.ts",
  "test/rules/notice/events.test.ts",
  "test/rules/exposure/reports.test.ts",
  "test/rules/sign_in/load.test.ts",
  "test/rules/forensics/next-end.test.ts",
  "test/rules/server/unread-answers.test.ts",
  "test/rules/server/unfinished-headers.test.ts",
  "test/rules/rate_limit/statements.test.ts",
  "test/rules/usage/count.test.ts",
  "test/rules/server/probes.test.ts",
  "test/rules/database/inherited-settings.test.ts",
  "test/rules/audit/hundred-thousand.test.ts",
  "test/rules/verification/fair-turns.test.ts",
  "test/rules/docs/boundaries.test.ts",
];

for (const file of slow) {
  if (!existsSync(file)) {
    throw new Error(`${file} is not there any more: mend test/support/longest-first.ts`);
  }
}

/** Orders a run so that no worker is left alone with a long file at its end. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => projectOf(a) - projectOf(b) || slownessOf(a) - slownessOf(b));
  }
}

function projectOf({ project }: TestSpecification): number {
  return projects.indexOf(project.name);
}

function slownessOf({ moduleId, project }: TestSpecification): number {
  const place = slow.indexOf(relative(project.config.root, moduleId));
  return place === -1 ? slow.length : place;
}
