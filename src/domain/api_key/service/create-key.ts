import type { Executor, Statement } from "../../../platform/postgres/database.js";
import type { LockedTrails } from "../../audit/service.js";
import { DomainError } from "../../domain-error.js";
import { TierNotFoundError } from "../../tier/errors.js";
import { detailOfNewKey } from "../audit-detail.js";
import { ApiKeyNameTakenError } from "../errors.js";
import type { IssuedApiKey } from "../model.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import type { Draft, WrittenDraft } from "./draft.js";
import { claimsOf, earlierKeys, firstOfEachName, repeatsOf } from "./named-drafts.js";
import { lockOwners, type Place } from "./owner-cap.js";
import { type KeyChange, recordedOf } from "./trail.js";

type Dependencies = Pick<ApiKeyServiceDependencies, "store" | "audit" | "tiers" | "requestIds">;

/** Writes a key within a transaction. @throws DomainError when it is denied */
export async function writeKey(dependencies: Dependencies, tx: Executor, draft: Draft): Promise<IssuedApiKey> {
  const {
    done: [written],
    last,
  } = await writeKeys(dependencies, tx, [draft]);
  await last?.execute(tx);
  if (written === undefined || written.outcome instanceof DomainError) {
    throw written?.outcome ?? new Error("a key was written without an outcome");
  }
  return written.outcome;
}

/**
 * Writes keys of any projects within one transaction, each with its event. What a request made before is not made again, and of
 * one that is denied no name is kept: it is judged anew when it comes again.
 *
 * @param begun fulfilled once the transaction has begun; tiers and owners are locked without waiting for it
 * @returns what came of each, but for those that are to be written apart: they share their name with a request before them that was denied,
 * or it is not known what kept them from being written; and what is left to be run, as the transaction's last statement
 */
export async function writeKeys(
  dependencies: Dependencies,
  tx: Executor,
  drafts: readonly Draft[],
  begun?: Promise<unknown>,
): Promise<{ readonly done: readonly WrittenDraft[]; readonly last: Statement | undefined }> {
  const { audit, requestIds } = dependencies;
  const firsts = firstOfEachName(drafts);
  if (firsts.some(({ claim }) => claim !== undefined)) {
    // One that stayed without its key would answer for a day that the key is gone.
    await begun;
  }
  const earlier = await earlierKeys(dependencies, tx, firsts);
  const repeated = new Set(earlier.map(({ draft }) => draft));
  const news = firsts.filter((draft) => !repeated.has(draft));
  const { outcomes, trails } = await insertKeys(dependencies, tx, news, begun);
  const creations = outcomes.flatMap(creationOf);
  const made = new Set(creations.map(({ apiKey }) => apiKey.publicId));
  await requestIds.release(tx, news.filter(({ newKey }) => !made.has(newKey.publicId)).flatMap(claimsOf));
  const last = await audit.recordAllButLast(tx, creations.map(recordedOf), trails);
  const done = [...earlier, ...outcomes];
  return { done: [...done, ...repeatsOf(done, drafts)], last };
}

/** @returns what came of each, and the trails of their projects, locked; undefined: there is nothing to tell */
async function insertKeys(
  { store, audit, tiers }: Dependencies,
  tx: Executor,
  drafts: readonly Draft[],
  begun: Promise<unknown> | undefined,
): Promise<{ readonly outcomes: readonly WrittenDraft[]; readonly trails: LockedTrails | undefined }> {
  const tierNames = await tiers.holdAllForUse(
    tx,
    drafts.map(({ newKey }) => newKey.tier),
  );
  const withTier = drafts.filter(({ newKey, denial }) => denial === undefined && tierNames.has(newKey.tier));
  const room = await lockOwners(store, tx, withTier.map(placeOf));
  const noRoom = new Map(withTier.map((draft) => [draft, room.take(placeOf(draft))]));
  const admitted = withTier.filter((draft) => noRoom.get(draft) === undefined);
  await begun;
  const newKeys = admitted.map(({ newKey }) => newKey);
  const projects = admitted.map(({ project }) => project);
  const [inserted, trails] =
    admitted.length === 0
      ? [{ written: [], taken: [] }, undefined]
      : await Promise.all([store.insert(tx, newKeys), audit.lockTrails(tx, projects)]);
  const byPublicId = new Map(inserted.written.map((apiKey) => [apiKey.publicId, apiKey]));
  const taken = new Set(inserted.taken);

  const outcomes = drafts.flatMap((draft): readonly WrittenDraft[] => {
    const { newKey, keyValue, signingSecret } = draft;
    const apiKey = byPublicId.get(newKey.publicId);
    if (apiKey !== undefined) {
      return [{ draft, outcome: { apiKey, keyValue, signingSecret } }];
    }
    const tierError = tierNames.has(newKey.tier) ? undefined : new TierNotFoundError();
    const nameError = taken.has(newKey) ? new ApiKeyNameTakenError() : undefined;
    const outcome = draft.denial ?? tierError ?? noRoom.get(draft) ?? nameError;
    return outcome === undefined ? [] : [{ draft, outcome }];
  });
  return { outcomes, trails };
}

function creationOf({ draft: { caller, project }, outcome }: WrittenDraft): readonly KeyChange[] {
  if (outcome instanceof DomainError) {
    return [];
  }
  const { apiKey } = outcome;
  return [{ caller, project, action: "created", apiKey, detail: detailOfNewKey(apiKey) }];
}

function placeOf({ project, newKey }: Draft): Place {
  return { project, ownerId: newKey.ownerId };
}
