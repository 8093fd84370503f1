import type { Kysely } from "kysely";
import { newPublicId } from "../../platform/ids.js";
import type { MasterKey } from "../../platform/master-key.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { AuditService } from "../audit/service.js";
import type { Author } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { requireEtag } from "../etag/model.js";
import type { EventService } from "../event/service.js";
import { type ListedPage, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import type { Project } from "../project/model.js";
import type { NamedRequest } from "../request_id/model.js";
import type { RequestIdService } from "../request_id/service.js";
import { DeliveryNotFoundError, TooManyWebhooksError, WebhookDisabledError, WebhookNotFoundError } from "./errors.js";
import type { WebhookStore } from "./interface.js";
import {
  type Delivery,
  deliveryFilters,
  deliverySorts,
  deliveryStateNames,
  maxWebhooks,
  newWebhookSecret,
  openWebhookSecret,
  sealWebhookSecret,
  type Webhook,
  type WebhookChanges,
  type WebhookPlace,
  type WebhookSettings,
  webhookSorts,
} from "./model.js";

const listingSpec = { name: "webhooks", filters: [], sorts: webhookSorts, defaultSort: "created_at" } as const;
const deliveriesSpec = {
  name: "webhook_deliveries",
  filters: deliveryFilters,
  sorts: deliverySorts,
  defaultSort: "created_at",
} as const;

const resealedAtOnce = 100;

export interface WebhookServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: WebhookStore;
  readonly audit: AuditService;
  readonly events: EventService;
  readonly requestIds: RequestIdService;
  readonly masterKey: MasterKey;
  readonly pageTokens: PageTokens;
  /** Told once there is something to deliver that there may not have been before. */
  readonly onWork: () => void;
}

/** A webhook with its secret, which is told once. */
export interface IssuedWebhook {
  readonly webhook: Webhook;
  /** Empty where the request was sent again. */
  readonly secret: string;
}

/** The endpoints of projects that are told of events. */
export class WebhookService {
  readonly #dependencies: WebhookServiceDependencies;

  constructor(dependencies: WebhookServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * @param named undefined: the client has not named its request
   * @throws InvalidFieldError
   * @throws TooManyWebhooksError
   */
  async create(
    caller: Author,
    project: Project,
    settings: WebhookSettings,
    named?: NamedRequest,
  ): Promise<IssuedWebhook> {
    const { db, store, audit, events, requestIds, masterKey, onWork } = this.#dependencies;
    checkSettings(settings);
    const place = { projectId: project.id, publicId: newPublicId() };
    const claim = requestIds.claimOf(caller, project.id, named, place.publicId);
    const issued = await db.transaction().execute(async (tx) => {
      const earlier = await requestIds.claim(tx, claim);
      if (earlier !== undefined) {
        return { webhook: existing(await store.find(tx, { ...place, publicId: earlier })), secret: "" };
      }
      if ((await store.lockCount(tx, project.id)) >= maxWebhooks) {
        throw new TooManyWebhooksError();
      }
      const { secret, ciphertext } = newWebhookSecret(masterKey, place);
      await events.beginLooks(tx, project.id);
      const webhook = await store.insert(tx, { ...settings, ...place, secret: ciphertext });
      await audit.record(tx, caller, project, "webhook.created", webhook.publicId, detailOf(settings));
      return { webhook, secret };
    });
    onWork();
    return issued;
  }

  async query(project: Project, query: ListingQuery): Promise<ListedPage<Webhook>> {
    const { db, store, pageTokens } = this.#dependencies;
    const listing = resolveListing<never, (typeof webhookSorts)[number]>(
      listingSpec,
      project.publicId,
      query,
      pageTokens,
    );
    return listedPage(listing, await store.query(db, project.id, listing), pageTokens);
  }

  /** @throws WebhookNotFoundError */
  async get(project: Project, publicId: string): Promise<Webhook> {
    const { db, store } = this.#dependencies;
    return existing(await store.find(db, { projectId: project.id, publicId }));
  }

  /**
   * @param etag of the state that the change is meant for; empty: any
   * @throws WebhookNotFoundError
   * @throws EtagMismatchError
   * @throws InvalidFieldError
   */
  async update(
    caller: Author,
    project: Project,
    publicId: string,
    changes: WebhookChanges,
    etag: string,
  ): Promise<Webhook> {
    checkSettings(changes);
    const { enabled, ...settings } = changes;
    const updated = await this.#change(project, publicId, etag, async (tx, before) => {
      const { store, audit, events } = this.#dependencies;
      if (enabled === true && before.disabledReason !== undefined) {
        await events.beginLooks(tx, project.id);
      }
      const disabledReason =
        enabled === undefined ? undefined : enabled ? null : (before.disabledReason ?? "by_caller");
      const after = await store.update(tx, before, {
        ...settings,
        ...(disabledReason !== undefined && { disabledReason }),
      });
      await audit.record(tx, caller, project, "webhook.updated", publicId, { ...detailOf(settings), enabled });
      return after;
    });
    this.#dependencies.onWork();
    return updated;
  }

  /**
   * @throws WebhookNotFoundError
   * @throws EtagMismatchError
   */
  async delete(caller: Author, project: Project, publicId: string, etag: string): Promise<void> {
    const { store, audit } = this.#dependencies;
    await this.#change(project, publicId, etag, async (tx, before) => {
      await store.delete(tx, before);
      await audit.record(tx, caller, project, "webhook.deleted", publicId, { url: loggedUrl(before.url) });
      return before;
    });
  }

  /**
   * @param graceMs for how long the secret before signs as well
   * @throws WebhookNotFoundError
   * @throws EtagMismatchError
   */
  async rotateSecret(
    caller: Author,
    project: Project,
    publicId: string,
    graceMs: number,
    etag: string,
  ): Promise<IssuedWebhook> {
    const { store, audit, masterKey } = this.#dependencies;
    const { secret, ciphertext } = newWebhookSecret(masterKey, { projectId: project.id, publicId });
    const webhook = await this.#change(project, publicId, etag, async (tx, before) => {
      const after = await store.rotateSecret(tx, before, ciphertext, graceMs);
      const detail = { grace_seconds: graceMs / 1000 };
      await audit.record(tx, caller, project, "webhook.secret_rotated", publicId, detail);
      return after;
    });
    return { webhook, secret };
  }

  /**
   * @throws WebhookNotFoundError
   * @throws WebhookDisabledError
   */
  async sendTest(caller: Author, project: Project, publicId: string): Promise<Delivery> {
    const { db, store, events, audit, onWork } = this.#dependencies;
    const delivery = await db.transaction().execute(async (tx) => {
      const webhook = switchedOn(await store.lock(tx, { projectId: project.id, publicId }));
      const detail = { actor: caller.actor, message: "this is a test" };
      const eventId = await events.tellTest(tx, project.id, webhook.publicId, detail, new Date());
      await audit.record(tx, caller, project, "webhook.tested", publicId, { event_id: eventId });
      return found(await store.findDelivery(tx, { projectId: project.id, webhookId: publicId, eventId }));
    });
    onWork();
    return delivery;
  }

  /** @throws WebhookNotFoundError */
  async queryDeliveries(project: Project, publicId: string, query: ListingQuery): Promise<ListedPage<Delivery>> {
    const { db, store, pageTokens } = this.#dependencies;
    const listing = resolveListing(deliveriesSpec, `${project.publicId}/${publicId}`, query, pageTokens);
    const names = [...deliveryStateNames.keys()];
    if (!(listing.filters.get("state") ?? []).every((state) => names.includes(state))) {
      throw new InvalidFieldError("query.filters", `state must be one of ${names.join(", ")}`);
    }
    const webhook = await this.get(project, publicId);
    return listedPage(listing, await store.queryDeliveries(db, webhook, listing), pageTokens);
  }

  /**
   * @throws WebhookNotFoundError
   * @throws DeliveryNotFoundError
   * @throws WebhookDisabledError
   */
  async redeliver(caller: Author, project: Project, webhookId: string, eventId: string): Promise<Delivery> {
    const { db, store, audit, onWork } = this.#dependencies;
    const place = { projectId: project.id, webhookId, eventId };
    const delivery = await db.transaction().execute(async (tx) => {
      switchedOn(await store.lock(tx, { projectId: project.id, publicId: webhookId }));
      if (!(await store.askAgain(tx, place))) {
        throw new DeliveryNotFoundError();
      }
      await audit.record(tx, caller, project, "webhook.redelivered", webhookId, { event_id: eventId });
      return found(await store.findDelivery(tx, place));
    });
    onWork();
    return delivery;
  }

  /** Encrypts what another master key has encrypted with the current one, a batch in a transaction. @returns how many webhooks */
  async reseal(tx: Executor): Promise<number> {
    const { store, masterKey } = this.#dependencies;
    const others = await store.lockOthers(tx, masterKey.id, resealedAtOnce);
    for (const webhook of others) {
      const anew = (secret: Buffer) =>
        sealWebhookSecret(masterKey, webhook, openWebhookSecret(masterKey, webhook, secret));
      await store.replaceSecrets(tx, {
        ...webhook,
        secret: anew(webhook.secret),
        previousSecret: webhook.previousSecret && anew(webhook.previousSecret),
      });
    }
    return others.length;
  }

  async #change(
    project: Project,
    publicId: string,
    etag: string,
    change: (tx: Executor, before: Webhook) => Promise<Webhook>,
  ): Promise<Webhook> {
    const { db, store } = this.#dependencies;
    const place: WebhookPlace = { projectId: project.id, publicId };
    return db.transaction().execute(async (tx) => {
      const before = existing(await store.lock(tx, place));
      requireEtag(etag, before);
      return change(tx, before);
    });
  }
}

/** @throws InvalidFieldError */
function checkSettings({ url }: Partial<WebhookSettings>): void {
  if (url !== undefined && !URL.canParse(url)) {
    throw new InvalidFieldError("url", "must be a URL");
  }
}

function detailOf({ url, eventTypes: types, description }: Partial<WebhookSettings>) {
  return { url: url && loggedUrl(url), event_types: types, description };
}

/** What stands behind a path may be a credential. */
export function loggedUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** @throws WebhookNotFoundError */
function existing(webhook: Webhook | undefined): Webhook {
  if (webhook === undefined) {
    throw new WebhookNotFoundError();
  }
  return webhook;
}

/** @throws WebhookNotFoundError @throws WebhookDisabledError */
function switchedOn(webhook: Webhook | undefined): Webhook {
  const there = existing(webhook);
  if (there.disabledReason !== undefined) {
    throw new WebhookDisabledError();
  }
  return there;
}

/** @throws DeliveryNotFoundError */
function found(delivery: Delivery | undefined): Delivery {
  if (delivery === undefined) {
    throw new DeliveryNotFoundError();
  }
  return delivery;
}
