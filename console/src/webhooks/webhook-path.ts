import type { Webhook } from "@altalune/sdk/messages";

export function webhooksPath(projectId: string): string {
  return `/projects/${projectId}/webhooks`;
}

export function webhookPath({ projectId, id }: Pick<Webhook, "projectId" | "id">): string {
  return `${webhooksPath(projectId)}/${id}`;
}
