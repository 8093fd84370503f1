/** The same rpc by Connect's own adapter: the handler and the services of the product, behind its authority. */
import { createServer } from "node:http";
import { createContextValues } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  callContextKey,
  createAuthorityGate,
  createLogger,
  createServices,
  credentialResolvers,
  MasterKey,
  openDatabase,
  VerificationService,
  verificationHandler,
} from "../lib/product.js";
import { announcePort } from "./subject-port.js";

const [databaseUrl = "", masterKey = ""] = process.argv.slice(2);
const logger = createLogger("warn");
const services = await createServices({
  db: await openDatabase(databaseUrl, { poolSize: 25, logger }),
  masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
  environmentKey: undefined,
  listen: { url: databaseUrl, leaseMs: 30_000, logger },
});
services.link?.start();

const server = createServer(
  connectNodeAdapter({
    routes: (router) => {
      router.service(VerificationService, verificationHandler(services.verification, services.signedRequests));
    },
    requestGate: createAuthorityGate(credentialResolvers(services)),
    contextValues: ({ socket }) =>
      createContextValues().set(callContextKey, { requestId: "", clientAddress: socket.remoteAddress ?? "" }),
  }),
);
announcePort(server);
