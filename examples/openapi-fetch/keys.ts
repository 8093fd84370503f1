import createClient from "openapi-fetch";
import type { paths } from "./altalune.d.ts";

declare const process: { readonly env: { readonly ALTALUNE: string; readonly ROOT_KEY: string } };
const { ALTALUNE, ROOT_KEY } = process.env;
const altalune = createClient<paths>({ baseUrl: ALTALUNE, headers: { Authorization: `Bearer ${ROOT_KEY}` } });

const project = await altalune.POST("/v1/projects", {
  body: { name: "Orders API", allowNeverExpires: true },
});
const project_id = orThrow(project).project?.id ?? "";

const made = await altalune.POST("/v1/projects/{project_id}/api_keys", {
  params: { path: { project_id }, header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { name: "Build server", ownerId: "team-a", neverExpires: true },
});
const { apiKey, keyValue } = orThrow(made);
const api_key_id = apiKey?.id ?? "";

const listed = await altalune.GET("/v1/projects/{project_id}/api_keys", {
  params: {
    path: { project_id },
    query: { status: ["API_KEY_STATUS_ACTIVE"], owner_id: ["team-a"], sort: "-created_at" },
  },
});
console.log(
  "listed:",
  orThrow(listed).data.map(({ name }) => name),
);

const rotated = await altalune.POST("/v1/projects/{project_id}/api_keys/{api_key_id}:rotate", {
  params: { path: { project_id, api_key_id } },
  body: { gracePeriod: "0s" },
});
for (const key of [orThrow(rotated).keyValue, keyValue]) {
  const verdict = orThrow(await altalune.POST("/v1/api_keys:verify", { body: { key, projectId: project_id } }));
  console.log("verified:", verdict.valid, verdict.code);
}

const gone = await altalune.GET("/v1/projects/{project_id}", { params: { path: { project_id: "2".repeat(14) } } });
if (gone.error && "reason" in gone.error) {
  console.log("refused:", gone.error.status, gone.error.reason);
}

/** Every refusal is a problem, with a reason for programs and a sentence for people. */
function orThrow<T>({ data, error }: { data?: T; error?: { detail?: string } | object }): T {
  if (data === undefined) {
    throw new Error(error && "detail" in error ? error.detail : "refused");
  }
  return data;
}
