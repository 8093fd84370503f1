import { createAltalune } from "@altalune/sdk";
import { guard, requireScopes } from "@altalune/sdk/hono";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });

const app = new Hono();
app.get("/healthz", (context) => context.text("ok"));

app.use(guard({ altalune, projectId: PROJECT_ID }));

app.get("/orders", (context) => context.json({ owner: context.var.apiKey.ownerId }));
app.post("/orders", requireScopes("orders:write"), (context) => context.json({}, 201));

serve({ fetch: app.fetch, port: Number(PORT) });
