import { ApiKeyService, type Project } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Answer } from "../listing/answer.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";

const { owners: words } = texts;
/** Up to how many are counted. */
const pageSize = 100;
/** Of those that are counted where a project says how many an owner may hold. */
const live = ["API_KEY_STATUS_ACTIVE", "API_KEY_STATUS_DISABLED"];

/** How much an owner holds. */
export function OwnerFacts({ project, ownerId }: { readonly project: Project; readonly ownerId: string }) {
  const keys = useQuery(ApiKeyService.method.queryApiKeys, {
    projectId: project.id,
    query: {
      filters: { owner_id: { values: [ownerId] }, status: { values: live } },
      pagination: { pageSize },
    },
  });
  return (
    <Answer to={keys}>
      {({ data, meta }) => (
        <Facts title={words.facts}>
          <Fact name={words.liveKeys}>
            {words.held(
              meta?.nextPageToken ? words.orMore(data.length) : `${data.length}`,
              project.maxKeysPerOwner ?? 0,
            )}
          </Fact>
        </Facts>
      )}
    </Answer>
  );
}
