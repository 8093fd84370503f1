import { createAltalune } from "@altalune/sdk";
import { guard, requireScopes } from "@altalune/sdk/fastify";
import fastify from "fastify";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });

const app = fastify();
const isHealthCheck = ({ routeOptions }) => routeOptions.url === "/healthz";
await app.register(guard({ altalune, projectId: PROJECT_ID, skip: isHealthCheck }));

app.get("/healthz", async () => "ok");
app.get("/orders", async (request) => ({ owner: request.apiKey.ownerId }));
app.post("/orders", { onRequest: requireScopes("orders:write") }, async (_request, reply) => reply.code(201).send({}));

await app.listen({ port: Number(PORT) });
