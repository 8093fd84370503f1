import { ApiKeyService, type Project, ProjectService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Navigate, useNavigate, useParams, useSearchParams } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { Answer } from "../listing/answer.tsx";
import { useHold } from "../parts/hold.ts";
import { Page } from "../parts/page.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { KeyForm, type KeyRequest } from "./key-form.tsx";
import { ShownOnce } from "./shown-once.tsx";

/** Makes a key, shows its value this once, and leads to it. */
export default function NewKeyPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  if (!may(useUser(), "api_keys:write")) {
    return <Navigate to={`/projects/${projectId}`} replace />;
  }
  return (
    <Answer to={project} isPage>
      {(answer) => answer.project && <NewKey project={answer.project} />}
    </Answer>
  );
}

interface Made {
  readonly apiKeyId: string;
  readonly value: string;
}

function NewKey({ project }: { readonly project: Project }) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const forOwner = params.get("owner") ?? "";
  const { send, ...sending } = useSending();
  // Here alone, and gone with this page: nothing that is kept has the value.
  const [made, setMade] = useState<Made>();
  useHold(sending.isBusy && made === undefined);

  const create = (request: KeyRequest) =>
    send(async () => {
      const { apiKey, keyValue } = await apiKeys.createApiKey({ projectId: project.id, ...request });
      setMade({ apiKeyId: apiKey?.id ?? "", value: keyValue });
      await queries.invalidateQueries();
    });
  const leave = ({ apiKeyId }: Made) => {
    setMade(undefined);
    void navigate(`/projects/${project.id}/keys/${apiKeyId}`, { replace: true });
  };
  return (
    <Page title={texts.keys.new.title} above={{ to: `/projects/${project.id}`, name: project.name }} isNarrow>
      <KeyForm key={forOwner} project={project} forOwner={forOwner} sending={sending} onSubmit={create} />
      {made !== undefined && <ShownOnce value={made.value} onStored={() => leave(made)} />}
    </Page>
  );
}
