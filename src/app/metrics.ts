import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { VerificationCode } from "../domain/verification/model.js";
import type { QueueState } from "../platform/jobs/queue.js";
import { BoundCounter, type BoundIncrement } from "../platform/metrics/bound-counter.js";
import { version } from "../platform/version.js";

/** What the services tell of themselves. Labels are names of codes, never anything that a caller wrote. */
export interface ServiceMetrics {
  verdict(code: VerificationCode): void;
  cacheHit(): void;
  cacheMiss(): void;
  /** A statement that asked for shares of limits, or returned them. */
  refill(): void;
  /** @param seconds from a change's announcement to its being heard */
  heard(seconds: number): void;
  /** An attempt to deliver an event to a webhook. */
  attempted(outcome: { readonly error: string }): void;
  /** An attempt to hand a mail over. */
  mailed(outcome: { readonly state: "sent" | "refused" | "failed" }): void;
}

/** What is read when the metrics are. */
export interface Observed {
  readonly cachedRecords: () => number;
  readonly limitedKeys: () => number;
  readonly spentFromShares: () => number;
  /** Undefined: the lease was never renewed. */
  readonly leaseAgeMs: () => number | undefined;
  readonly usageUnwrittenMs: () => number;
  readonly usageDropped: () => number;
  readonly sourcesDropped: () => number;
  /** 0 to 1. */
  readonly notificationQueueUsage: () => number;
  /** Infinity: no root key ends. */
  readonly rootKeySecondsLeft: () => number;
  readonly jobs: () => QueueState;
}

const lagBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createServiceMetrics(registry: Registry): ServiceMetrics {
  const registers = [registry];
  const verdicts = new BoundCounter({
    name: "altalune_verifications_total",
    help: "Verdicts, by code.",
    labelNames: ["code"] as const,
    registers,
  });
  const lookUps = new BoundCounter({
    name: "altalune_cache_lookups_total",
    help: "Look-ups of presented keys, by whether memory had the answer.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const lag = new Histogram({
    name: "altalune_invalidation_lag_seconds",
    help: "From a change's announcement to its being heard here, by the two processes' wall clocks.",
    buckets: lagBuckets,
    registers,
  });
  const refills = new BoundCounter({
    name: "altalune_limit_refills_total",
    help: "Statements that asked for shares of limits, or returned them; each may be for many keys.",
    labelNames: [] as const,
    registers,
  });
  const attempts = new BoundCounter({
    name: "altalune_webhook_attempts_total",
    help: "Attempts to deliver an event to a webhook, by outcome.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const delivered = attempts.bind({ outcome: "succeeded" });
  const undelivered = attempts.bind({ outcome: "failed" });
  const mails = new BoundCounter({
    name: "altalune_mails_total",
    help: "Attempts to hand a mail to the SMTP server, by outcome.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const mailed = {
    sent: mails.bind({ outcome: "sent" }),
    refused: mails.bind({ outcome: "refused" }),
    failed: mails.bind({ outcome: "failed" }),
  };
  const byCode = new Map<VerificationCode, BoundIncrement>();
  return {
    verdict(code) {
      let count = byCode.get(code);
      if (count === undefined) {
        count = verdicts.bind({ code });
        byCode.set(code, count);
      }
      count();
    },
    cacheHit: lookUps.bind({ outcome: "hit" }),
    cacheMiss: lookUps.bind({ outcome: "miss" }),
    refill: refills.bind({}),
    heard: (seconds) => lag.observe(seconds),
    attempted: ({ error }) => (error === "" ? delivered() : undelivered()),
    mailed: ({ state }) => mailed[state](),
  };
}

export function observeServices(registry: Registry, observed: Observed): void {
  new Gauge({
    name: "altalune_build_info",
    help: "1, with the version of Altalune and of Node.",
    labelNames: ["version", "node"] as const,
    registers: [registry],
    aggregator: "max",
  }).set({ version, node: process.version }, 1);
  gauge(registry, "altalune_cache_records", "Keys that are remembered.", observed.cachedRecords);
  gauge(registry, "altalune_limit_accounts", "Limited keys that are in use here.", observed.limitedKeys);
  new Counter({
    name: "altalune_limit_spends_from_shares_total",
    help: "Calls of limited keys that were admitted from a share, without asking the database.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(observed.spentFromShares());
    },
  });
  gauge(
    registry,
    "altalune_lease_age_seconds",
    "Since when memory is known to be right; beyond ALTALUNE_CACHE_LEASE every call asks the database.",
    () => (observed.leaseAgeMs() ?? Number.NaN) / 1000,
    "max",
  );
  gauge(
    registry,
    "altalune_usage_unwritten_seconds",
    "For how long the oldest usage that is not in the database has waited.",
    () => observed.usageUnwrittenMs() / 1000,
    "max",
  );
  gauge(
    registry,
    "altalune_usage_dropped",
    "Verifications whose usage was not kept, because the database was away for too long.",
    observed.usageDropped,
  );
  gauge(
    registry,
    "altalune_sources_dropped",
    "Verifications of which it was not kept where they came from, because the database was away for too long.",
    observed.sourcesDropped,
  );
  gauge(
    registry,
    "altalune_notification_queue_usage",
    "Which part of the database server's notification queue is taken, 0 to 1; when it is full nothing can be changed.",
    observed.notificationQueueUsage,
    "max",
  );
  gauge(
    registry,
    "altalune_root_key_expires_seconds",
    "Until the root key that ends next ends, of those that work; +Inf: none of them ends.",
    observed.rootKeySecondsLeft,
    "min",
  );
  gauge(
    registry,
    "altalune_jobs_waiting",
    "Jobs that are due in the database's queue, or under way, as they were when it was last looked at.",
    () => observed.jobs().waiting,
    "max",
  );
  gauge(
    registry,
    "altalune_jobs_oldest_seconds",
    "For how long the oldest of those has been due.",
    () => observed.jobs().oldestSeconds,
    "max",
  );
  gauge(
    registry,
    "altalune_jobs_failed",
    "Jobs that failed as often as they may, and stay in the queue.",
    () => observed.jobs().failed,
    "max",
  );
}

/** @param aggregator how the gauges of several processes become one */
function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
  aggregator: "sum" | "max" | "min" = "sum",
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    aggregator,
    collect() {
      this.set(read());
    },
  });
}
