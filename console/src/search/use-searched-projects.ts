import { ProjectService } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { useMatch } from "react-router";
import { isId } from "./find.ts";
import type { SearchedProject } from "./places.ts";

/** In how many projects keys are looked for by name. */
const maxProjects = 6;

export interface SearchedProjects {
  /** The one that is looked at. */
  readonly here: SearchedProject | undefined;
  /** Those in which keys are looked for by name, that one first; undefined: not known yet. */
  readonly within: readonly SearchedProject[] | undefined;
  /** Whether the user reaches no others. */
  readonly isAll: boolean;
  /** Why they are not known. */
  readonly error: Error | null;
}

/** Where a search looks. */
export function useSearchedProjects(): SearchedProjects {
  const projectId = useMatch("/projects/:projectId/*")?.params.projectId ?? "";
  const here = useQuery(ProjectService.method.getProject, isId(projectId) ? { projectId } : skipToken).data?.project;
  const query = { pagination: { pageSize: maxProjects }, sorting: { field: "name" } };
  const { data, error } = useQuery(ProjectService.method.queryProjects, { query });
  const others = data?.data.filter(({ id }) => id !== here?.id);
  return {
    here,
    within: others && [...(here === undefined ? [] : [here]), ...others].slice(0, maxProjects),
    isAll: data?.meta?.nextPageToken === "",
    error,
  };
}
