import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import { FirstUses } from "../domain/api_key/first-uses.js";
import { waitingValueRepo } from "../domain/api_key/repo/waiting-values.js";
import { apiKeyRepo } from "../domain/api_key/repo.js";
import { ApiKeyService } from "../domain/api_key/service.js";
import { auditRepo } from "../domain/audit/repo.js";
import { AuditService } from "../domain/audit/service.js";
import type { Caller } from "../domain/caller.js";
import { eventRepo } from "../domain/event/repo.js";
import { EventService } from "../domain/event/service.js";
import { GithubKeys, type GithubKeysSource } from "../domain/exposure/github-keys.js";
import { exposureRepo } from "../domain/exposure/repo.js";
import { ExposureService } from "../domain/exposure/service.js";
import type { OidcSettings } from "../domain/identity/model.js";
import { PageTokens } from "../domain/listing/page-token.js";
import { masterKeyRepo } from "../domain/master_key/repo.js";
import { MasterKeyService } from "../domain/master_key/service.js";
import { openSharedSecrets } from "../domain/master_key/shared-secrets.js";
import { MyApiKeyService } from "../domain/my_api_key/service.js";
import { nonceRepo } from "../domain/nonce/repo.js";
import { NonceService } from "../domain/nonce/service.js";
import { noticeRepo } from "../domain/notice/repo.js";
import { MailService } from "../domain/notice/service/sending.js";
import { NoticeService } from "../domain/notice/service.js";
import { liveCodes } from "../domain/odd_use/model.js";
import { oddUseRepo } from "../domain/odd_use/repo.js";
import { OddUseService } from "../domain/odd_use/service.js";
import type { Source } from "../domain/odd_use/source.js";
import { DatabaseBusyError } from "../domain/overload/errors.js";
import { PageOrigins } from "../domain/page-origins.js";
import { portalRepo } from "../domain/portal/repo.js";
import { PortalService } from "../domain/portal/service.js";
import { projectRepo } from "../domain/project/repo.js";
import { ProjectService } from "../domain/project/service.js";
import { Lease } from "../domain/propagation/lease.js";
import { InstanceLink } from "../domain/propagation/link.js";
import { InstanceMessages } from "../domain/propagation/messages.js";
import type { Subject } from "../domain/propagation/model.js";
import { NotificationQueue } from "../domain/propagation/notification-queue.js";
import { propagationRepo } from "../domain/propagation/repo.js";
import { PropagationService } from "../domain/propagation/service.js";
import { rateLimitRepo } from "../domain/rate_limit/repo.js";
import { RateLimitService } from "../domain/rate_limit/service.js";
import { requestIdRepo } from "../domain/request_id/repo.js";
import { RequestIdService } from "../domain/request_id/service.js";
import { NextRootKeyEnd } from "../domain/root_key/next-end.js";
import { rootKeyRepo } from "../domain/root_key/repo.js";
import { RootKeyService } from "../domain/root_key/service.js";
import { sessionRepo } from "../domain/session/repo.js";
import { SessionService } from "../domain/session/service.js";
import { tierRepo } from "../domain/tier/repo.js";
import { TierService } from "../domain/tier/service.js";
import { KeySets } from "../domain/trusted_issuer/key-sets.js";
import { TrustedIssuerService } from "../domain/trusted_issuer/service.js";
import { usageRepo } from "../domain/usage/repo.js";
import { UsageService } from "../domain/usage/service.js";
import { GatheredLookUps } from "../domain/verification/gathered-look-ups.js";
import { createLookUps } from "../domain/verification/look-ups.js";
import type { Verdict } from "../domain/verification/model.js";
import { Records } from "../domain/verification/records.js";
import { verificationRepo } from "../domain/verification/repo.js";
import { VerificationService } from "../domain/verification/service.js";
import { SignedRequestService } from "../domain/verification/signed-request-service.js";
import { webhookRepo } from "../domain/webhook/repo.js";
import { DeliveryService } from "../domain/webhook/service/delivery.js";
import { WebhookService } from "../domain/webhook/service.js";
import type { AddressRange } from "../platform/address-ranges.js";
import { ConcurrencyLimiter } from "../platform/concurrency-limiter.js";
import { createFetchText } from "../platform/egress/fetch-text.js";
import { boundLookUps, type ResolveName, systemResolve } from "../platform/egress/look-ups.js";
import { newInstanceId } from "../platform/ids.js";
import { JobQueue } from "../platform/jobs/queue.js";
import { LogSample } from "../platform/log-sample.js";
import { smtpSender } from "../platform/mail/smtp.js";
import type { MasterKey } from "../platform/master-key.js";
import type { Database } from "../platform/postgres/database.js";
import { sharedSetting } from "../platform/postgres/settings.js";
import { PublicUrl } from "../platform/public-url.js";
import type { MailConfig } from "./mail-config.js";
import { createServiceMetrics, observeServices } from "./metrics.js";
import { createPeople, type People } from "./people.js";
import { connectionsOfProcess, defaultConnections, type PoolBudget, poolBudget } from "./pool-budget.js";
import { createRefusalLog } from "./refusal-log.js";

/** What is read of the keys of a trusted issuer or of GitHub, and for how long, in milliseconds. */
const maxKeySetBytes = 256 * 1024;
const keySetMs = 5_000;

export interface Services extends People {
  readonly projects: ProjectService;
  readonly apiKeys: ApiKeyService;
  readonly tiers: TierService;
  readonly audit: AuditService;
  readonly verification: VerificationService;
  readonly usage: UsageService;
  readonly rateLimits: RateLimitService;
  readonly signedRequests: SignedRequestService;
  readonly nonces: NonceService;
  readonly requestIds: RequestIdService;
  readonly rootKeys: RootKeyService;
  readonly portal: PortalService;
  readonly trustedIssuers: TrustedIssuerService;
  readonly pages: PageOrigins;
  readonly myApiKeys: MyApiKeyService;
  readonly events: EventService;
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  readonly notices: NoticeService;
  /** Undefined: nobody is sent mail. */
  readonly mails: MailService | undefined;
  readonly jobQueue: JobQueue;
  readonly exposures: ExposureService;
  readonly oddUse: OddUseService;
  /** Undefined: GitHub's secret scanning is not listened to. */
  readonly githubKeys: GithubKeys | undefined;
  readonly sessions: SessionService;
  /** What browsers reach the service by. */
  readonly publicUrl: PublicUrl;
  readonly masterKeys: MasterKeyService;
  /** The listening connection; undefined: this process does not listen. */
  readonly link: InstanceLink | undefined;
  readonly propagation: PropagationService;
  readonly notificationQueue: NotificationQueue;
  readonly nextRootKeyEnd: NextRootKeyEnd;
  /** For how long memory may be trusted. */
  readonly lease: Lease;
  /** The connections that changes share. */
  readonly changes: ConcurrencyLimiter;
}

/** How a process hears of changes. */
export interface ListenOptions {
  /** ALTALUNE_LISTEN_URL, which goes past a pooler, or the database's own URL. */
  readonly url: string;
  readonly leaseMs: number;
  readonly logger: Logger;
}

export interface ServicesOptions {
  readonly db: Kysely<Database>;
  /** Who may hold how many of `db`'s connections; those of a pool of the default size unless given. */
  readonly budget?: PoolBudget;
  /** The connection that asks the database how it is, and no table of it; one of `db`'s unless given. */
  readonly checks?: Kysely<Database>;
  readonly masterKey: MasterKey;
  /** ALTALUNE_ROOT_KEY; undefined: not set. */
  readonly environmentKey: string | undefined;
  /** What browsers reach the service by. */
  readonly publicUrl?: PublicUrl;
  /** Whether anybody may register; nobody unless given. */
  readonly registrationIsOpen?: boolean;
  /** Origins whose pages may call whatever they can; none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Addresses that are not public and may be called all the same; none unless given. */
  readonly egressAllow?: readonly AddressRange[];
  /** Addresses that webhooks may be sent to although they are not public; none unless given. */
  readonly webhookAllow?: readonly AddressRange[];
  /** Finds the addresses of names that others have chosen; the system does unless given. */
  readonly resolveName?: ResolveName;
  /** How people are sent mail; they are not unless given. */
  readonly mail?: MailConfig | undefined;
  /** Whether there is a console that mail may lead to; there is unless given. */
  readonly console?: boolean;
  /** Told once there is something to deliver that there may not have been before. */
  readonly onWork?: () => void;
  /** Where people sign in who have no password here; nowhere unless given. */
  readonly oidc?: OidcSettings | undefined;
  /** Where the keys of GitHub's secret scanning come from; it is not listened to unless given. */
  readonly githubKeys?: GithubKeysSource | undefined;
  /** Undefined: a process that does not verify, such as a command, and remembers nothing. */
  readonly listen?: ListenOptions;
  /** Where the services are measured; undefined: nowhere. */
  readonly metrics?: Registry;
}

/**
 * Puts the domains together on a migrated database.
 *
 * @throws MasterKeyMismatchError
 */
export async function createServices({
  db,
  budget = poolBudget(connectionsOfProcess(defaultConnections, 1).work),
  checks = db,
  masterKey,
  environmentKey,
  publicUrl = new PublicUrl(undefined),
  registrationIsOpen = false,
  egressAllow = [],
  webhookAllow = [],
  resolveName = systemResolve,
  mail,
  console = true,
  onWork = () => undefined,
  corsOrigins = [],
  oidc,
  githubKeys: githubKeysSource,
  listen,
  metrics = new Registry(),
}: ServicesOptions): Promise<Services> {
  const secrets = await openSharedSecrets((name, proposal) => sharedSetting(db, name, proposal), masterKey);
  const pageTokens = new PageTokens(secrets.pageTokenKey);
  const instanceId = listen === undefined ? "" : newInstanceId();
  const lease = new Lease(listen?.leaseMs ?? 0);
  const measured = createServiceMetrics(metrics);
  const lookUps = createLookUps(budget.lookUps);
  const records = new Records({
    lookUps: new GatheredLookUps({
      one: (digest) => verificationRepo.findByDigest(db, digest),
      many: (digests) => verificationRepo.findByDigests(db, digests),
      limiter: lookUps,
    }),
    lease,
    // Without a lease nothing is remembered, and room for a hundred thousand keys takes a command's time to make.
    maxRemembered: listen === undefined ? 1 : undefined,
    onHit: measured.cacheHit,
    onMiss: measured.cacheMiss,
  });
  const rateLimits = new RateLimitService({
    maxStatements: budget.limits,
    reads: lookUps,
    db,
    store: rateLimitRepo,
    onRefill: measured.refill,
  });
  const forget = (subject: Subject): void => {
    records.forget(subject);
    rateLimits.forget(subject);
    sessions.forget(subject);
  };
  const link =
    listen &&
    new InstanceLink({
      url: listen.url,
      instanceId,
      messages: new InstanceMessages(secrets.messageKey),
      lease,
      logger: listen.logger,
      notify: (channel, payload) => propagation.notify(channel, payload),
      onNotice: (subject, announcedAt) => {
        forget(subject);
        measured.heard(Math.max(0, Date.now() - announcedAt) / 1000);
      },
      onGap: () => {
        records.forgetAll();
        rateLimits.forgetAll();
        sessions.forgetAll();
      },
      onAcknowledged: (by, noticed) => propagation.acknowledged(by, noticed),
    });
  const propagation = new PropagationService({
    db,
    store: propagationRepo,
    instanceId,
    isListening: () => link?.isListening === true,
    forget,
  });

  const sessions = new SessionService({
    db,
    store: sessionRepo,
    propagation,
    lease,
    tokenSealKey: secrets.tokenSealKey,
  });

  const notificationQueue = new NotificationQueue(() => propagationRepo.notificationQueueUsage(checks));

  const nextRootKeyEnd = new NextRootKeyEnd(() => rootKeyRepo.secondsToNextEnd(db));

  const jobQueue = new JobQueue(db);
  const events = new EventService({ db, store: eventRepo });
  const notices = new NoticeService({ db, store: noticeRepo, isOn: mail !== undefined });
  const audit = new AuditService({
    db,
    store: auditRepo,
    trailKey: secrets.trailKey,
    pageTokens,
    tell: (tx, recorded) => events.tellRecorded(tx, recorded),
    notice: (tx, recorded) => notices.noteRecorded(tx, recorded),
  });
  const tiers = new TierService({ db, store: tierRepo, audit, pageTokens, propagation });
  const requestIds = new RequestIdService({ db, store: requestIdRepo, digestKey: secrets.requestKey });
  const projects = new ProjectService({
    db,
    store: projectRepo,
    audit,
    tiers,
    requestIds,
    pageTokens,
    propagation,
    maxLookUps: budget.projects,
  });
  const changes = new ConcurrencyLimiter({ max: budget.changes, overloaded: () => new DatabaseBusyError() });
  const people = createPeople({
    db,
    secrets,
    audit,
    projects,
    sessions,
    pageTokens,
    propagation,
    publicUrl,
    changes,
    // Not all of them, unless there is but one: whoever signs in may be anybody.
    maxSignIns: Math.ceil(budget.changes / 2),
    registrationIsOpen,
    oidc,
    logger: listen?.logger,
  });
  const firstUses = new FirstUses();
  const apiKeys = new ApiKeyService({
    db,
    store: apiKeyRepo,
    waiting: waitingValueRepo,
    firstUses,
    audit,
    tiers,
    rateLimits,
    requestIds,
    masterKey,
    pageTokens,
    propagation,
    changes,
  });
  const usage = new UsageService({ db, store: usageRepo, instanceId: newInstanceId() });
  const refusals = listen && createRefusalLog(listen.logger);
  const oddUse = new OddUseService({ db, store: oddUseRepo, projects, apiKeys, events, propagation });
  const onVerdict = (caller: Caller, verdict: Verdict, source?: Source, isUse = true): void => {
    const { code, record } = verdict;
    measured.verdict(code);
    refusals?.verdict(caller, verdict);
    if (record !== undefined && isUse) {
      usage.record(record, code);
      if (source !== undefined && liveCodes.includes(code)) {
        oddUse.record(record, source);
      }
      if (code === "valid") {
        firstUses.note(record);
      }
    }
  };
  const verification = new VerificationService({ records, rateLimits, onVerdict });
  const nonces = new NonceService({ db, store: nonceRepo });
  const signedRequests = new SignedRequestService({
    findKey: (projectPublicId, apiKeyPublicId) => verificationRepo.findSigningKey(db, projectPublicId, apiKeyPublicId),
    lookUps,
    masterKey,
    nonces,
    rateLimits,
    onVerdict: (caller, verdict, isUse) => onVerdict(caller, verdict, undefined, isUse),
  });
  const webhooks = new WebhookService({
    db,
    store: webhookRepo,
    audit,
    events,
    requestIds,
    masterKey,
    pageTokens,
    onWork,
  });
  const resolve = boundLookUps(resolveName);
  const deliveries = new DeliveryService({
    db,
    store: webhookRepo,
    audit,
    masterKey,
    egress: { allowed: webhookAllow, variable: "ALTALUNE_WEBHOOK_ALLOW", resolve },
    onAttempt: measured.attempted,
  });
  // While the server is away, each mail that waits would have its line.
  const unsent = new LogSample((fields) => listen?.logger.warn(fields, "a mail could not be handed over"));
  const mails =
    mail &&
    new MailService({
      db,
      store: noticeRepo,
      from: mail.from,
      send: smtpSender(mail.server),
      consoleUrl: () => (console && publicUrl.base !== undefined ? `${publicUrl.base}/console` : undefined),
      onAttempt: (outcome, { publicId, attempts }) => {
        measured.mailed(outcome);
        if (outcome.state !== "sent") {
          unsent.add(outcome.error, { mail: publicId, failed: attempts + 1, ...outcome });
        }
      },
    });
  const masterKeys = new MasterKeyService({ db, store: masterKeyRepo, audit, masterKey, webhooks });
  const rootKeys = new RootKeyService({
    db,
    store: rootKeyRepo,
    projects,
    apiKeys,
    verification,
    environmentKey,
    onRefused: (refused) => refusals?.rootKey(refused),
  });
  const portal = new PortalService({ db, store: portalRepo, audit, projects, publicUrl: () => publicUrl.base });
  const pages = new PageOrigins(corsOrigins, publicUrl);
  const fetchKeys = createFetchText(egressAllow, { maxBytes: maxKeySetBytes, timeoutMs: keySetMs }, resolve);
  const onUnfetched = (whose: string) => (url: string, error: unknown) =>
    listen?.logger.warn({ err: error, url: new URL(url).origin }, `the keys of ${whose} could not be fetched`);
  const keySets = new KeySets(fetchKeys, onUnfetched("a trusted issuer"));
  const githubKeys =
    githubKeysSource && new GithubKeys(githubKeysSource, { fetchText: fetchKeys, onFailure: onUnfetched("GitHub") });
  const trustedIssuers = new TrustedIssuerService({ projects, keySets });
  const myApiKeys = new MyApiKeyService({ apiKeys, usage });
  const exposures = new ExposureService({
    db,
    store: exposureRepo,
    apiKeys,
    projects,
    changes,
    onFailure: (error, key) =>
      listen?.logger.warn(
        { err: error, project_id: key?.projectPublicId, api_key_id: key?.apiKeyPublicId },
        "a report of an exposed key could not be dealt with; it is tried again",
      ),
  });
  observeServices(metrics, {
    cachedRecords: () => records.size,
    limitedKeys: () => rateLimits.size,
    spentFromShares: () => rateLimits.spentFromShares,
    leaseAgeMs: () => lease.ageMs(),
    usageUnwrittenMs: () => usage.unwrittenMs,
    usageDropped: () => usage.dropped,
    sourcesDropped: () => oddUse.dropped,
    notificationQueueUsage: () => notificationQueue.usage,
    rootKeySecondsLeft: () => nextRootKeyEnd.secondsLeft,
    jobs: () => jobQueue.state,
  });
  return {
    projects,
    apiKeys,
    tiers,
    audit,
    verification,
    signedRequests,
    nonces,
    requestIds,
    usage,
    rateLimits,
    rootKeys,
    portal,
    trustedIssuers,
    pages,
    myApiKeys,
    events,
    webhooks,
    deliveries,
    notices,
    mails,
    jobQueue,
    exposures,
    oddUse,
    githubKeys,
    ...people,
    sessions,
    publicUrl,
    masterKeys,
    link,
    lease,
    propagation,
    notificationQueue,
    nextRootKeyEnd,
    changes,
  };
}
