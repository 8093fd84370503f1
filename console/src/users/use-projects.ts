import { type Project, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";

/** More than anybody chooses from by their names. */
const pageSize = 1000;

/** Undefined: they are not known yet. */
export function useProjects(): readonly Project[] | undefined {
  const query = { pagination: { pageSize }, sorting: { field: "name" } };
  return useQuery(ProjectService.method.queryProjects, { query }).data?.data;
}
