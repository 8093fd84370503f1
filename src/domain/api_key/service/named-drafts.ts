import type { Executor } from "../../../platform/postgres/database.js";
import { DomainError } from "../../domain-error.js";
import { RequestIdReusedError } from "../../request_id/errors.js";
import { type Claim, isSameRequest, placeText } from "../../request_id/model.js";
import { CreatedApiKeyGoneError } from "../errors.js";
import type { ApiKey, IssuedApiKey } from "../model.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import type { Draft, WrittenDraft } from "./draft.js";

export function claimsOf({ claim }: Draft): readonly Claim[] {
  return claim === undefined ? [] : [claim];
}

/** Drafts without those that have the name of one before them. */
export function firstOfEachName(drafts: readonly Draft[]): readonly Draft[] {
  const firsts = firstByName(drafts);
  return drafts.filter((draft) => draft.claim === undefined || firsts.get(placeText(draft.claim)) === draft);
}

/** Claims the names of requests, and finds the keys of those that were sent before. */
export async function earlierKeys(
  { store, requestIds }: Pick<ApiKeyServiceDependencies, "store" | "requestIds">,
  tx: Executor,
  drafts: readonly Draft[],
): Promise<readonly WrittenDraft[]> {
  const earlier = await requestIds.claimAll(tx, drafts.flatMap(claimsOf));
  const found: WrittenDraft[] = [];
  for (const draft of drafts) {
    const made = draft.claim && earlier.get(draft.claim);
    if (made instanceof DomainError) {
      found.push({ draft, outcome: made });
    } else if (made !== undefined) {
      const apiKey = await store.find(tx, draft.project.id, made);
      found.push({ draft, outcome: apiKey === undefined ? new CreatedApiKeyGoneError() : shownAgain(apiKey) });
    }
  }
  return found;
}

/**
 * What comes of the drafts that have the name of one that is done. Where that was denied, nobody has made use of the name: it is
 * left out.
 */
export function repeatsOf(done: readonly WrittenDraft[], drafts: readonly Draft[]): readonly WrittenDraft[] {
  const firsts = firstByName(drafts);
  const outcomeOf = new Map(done.map(({ draft, outcome }) => [draft, outcome]));
  return drafts.flatMap((draft) => {
    const first = draft.claim && firsts.get(placeText(draft.claim));
    const outcome = first && outcomeOf.get(first);
    if (first?.claim === undefined || draft.claim === undefined || first === draft || outcome === undefined) {
      return [];
    }
    if (outcome instanceof DomainError) {
      return [];
    }
    const isSame = isSameRequest(draft.claim, first.claim);
    return [{ draft, outcome: isSame ? shownAgain(outcome.apiKey) : new RequestIdReusedError() }];
  });
}

function firstByName(drafts: readonly Draft[]): ReadonlyMap<string, Draft> {
  const firsts = new Map<string, Draft>();
  for (const draft of drafts) {
    const name = draft.claim && placeText(draft.claim);
    if (name !== undefined && !firsts.has(name)) {
      firsts.set(name, draft);
    }
  }
  return firsts;
}

/** Its secrets were in the first answer. */
function shownAgain(apiKey: ApiKey): IssuedApiKey {
  return { apiKey, keyValue: "", signingSecret: undefined };
}
