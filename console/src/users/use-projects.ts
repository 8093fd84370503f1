import { ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";

/** More than anybody chooses from by their names. */
const pageSize = 1000;

/** The projects that a user may be given. */
export function useProjects() {
  const query = { pagination: { pageSize }, sorting: { field: "name" } };
  return useQuery(ProjectService.method.queryProjects, { query });
}
