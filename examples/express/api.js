import { createAltalune } from "@altalune/sdk";
import { guard, requireScopes } from "@altalune/sdk/express";
import express from "express";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });

const app = express();
app.get("/healthz", (_request, response) => response.send("ok"));

app.use(guard({ altalune, projectId: PROJECT_ID }));

app.get("/orders", (request, response) => response.json({ owner: request.apiKey.ownerId }));
app.post("/orders", requireScopes("orders:write"), (_request, response) => response.status(201).json({}));

app.listen(PORT);
