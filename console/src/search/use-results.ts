import { type ApiKey, ApiKeyService, ProjectService } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@tanstack/react-query";
import { use, useEffect, useState } from "react";
import { useClient } from "../api/api.tsx";
import { FailureWordsContext, sentenceOfRead } from "../api/failure.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { find, type Sought, soughtFor } from "./find.ts";
import { type Place, pagesFor, type SearchedProject } from "./places.ts";
import { useSearchedProjects } from "./use-searched-projects.ts";

const words = texts.search;

export interface Results {
  /** Those with something in them. */
  readonly groups: readonly { readonly name: string; readonly places: readonly Place[] }[];
  /** What whoever does not find it should know; empty: nothing. */
  readonly note: string;
  readonly isBusy: boolean;
}

/**
 * What there is of a text. Empty: the pages.
 *
 * @param settled what it was when whoever types it paused, which is asked for
 */
export function useResults(text: string, settled: string): Results {
  const user = useUser();
  const failureWords = use(FailureWordsContext);
  const clients = { projects: useClient(ProjectService), apiKeys: useClient(ApiKeyService) };
  const { here, within, isAll, error: unplaced } = useSearchedProjects();
  const sought = useSought(settled);
  const found = useQuery({
    queryKey: ["search", sought, within?.map(({ id }) => id)],
    queryFn:
      sought === undefined || within === undefined ? skipToken : ({ signal }) => find(clients, sought, within, signal),
    gcTime: 0,
  });
  const error = unplaced ?? found.error;
  const { projects = [], keys = [] } = text === settled ? (found.data ?? {}) : {};
  const pages = pagesFor(user, here).filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  const groups = [
    { name: words.keys, places: keys.map((apiKey) => placeOfKey(apiKey, within ?? [])) },
    { name: words.projects, places: projects.map(({ id, name }) => ({ to: `/projects/${id}`, name, note: "" })) },
    { name: words.pages, places: pages },
  ];
  const isPartial = text !== "" && sought?.kind === "text" && !isAll;
  return {
    groups: groups.filter(({ places }) => places.length > 0),
    note: error !== null ? sentenceOfRead(error, failureWords) : isPartial ? words.partial : "",
    isBusy: text !== settled || (text !== "" && (sought === undefined || found.isLoading)),
  };
}

function placeOfKey({ projectId, id, name, keyPrefix }: ApiKey, known: readonly SearchedProject[]): Place {
  const project = known.find((one) => one.id === projectId)?.name;
  return {
    to: `/projects/${projectId}/keys/${id}`,
    name,
    note: project === undefined ? `${keyPrefix}…` : `${keyPrefix}… · ${project}`,
  };
}

/** Undefined: nothing, or it is not known yet. */
function useSought(text: string): Sought | undefined {
  const [known, setKnown] = useState<{ readonly text: string; readonly sought: Sought }>();
  useEffect(() => {
    let isOver = false;
    void soughtFor(text).then((sought) => isOver || setKnown({ text, sought }));
    return () => {
      isOver = true;
    };
  }, [text]);
  return text !== "" && known?.text === text ? known.sought : undefined;
}
