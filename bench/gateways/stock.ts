/** What stock connect-node does with the same question: it decodes it, and encodes an answer that never changes. It checks no key. */
import { createServer } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Authorization } from "../lib/product.js";
import { announcePort } from "../verify/subject-port.js";
import { constantAnswer } from "./constant-answer.js";

const server = createServer(
  connectNodeAdapter({
    routes: (router) => {
      router.service(Authorization, { check: () => constantAnswer });
    },
  }),
);
announcePort(server);
