import { createServer } from "node:http";
import { createAltalune } from "@altalune/sdk";
import { apiKey, guard, requireScopes } from "@altalune/sdk/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OrdersService } from "./gen/orders_pb.js";

const { ALTALUNE, ROOT_KEY, PROJECT_ID, PORT = 3000 } = process.env;
const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });

const orders = {
  listOrders: (_request, { values }) => ({ owner: values.get(apiKey).ownerId }),
  createOrder: (_request, context) => {
    requireScopes(context, "orders:write");
    return {};
  },
};

const adapter = connectNodeAdapter({
  routes: ({ service }) => service(OrdersService, orders),
  interceptors: [guard({ altalune, projectId: PROJECT_ID })],
  // A message is read before the guard is asked.
  readMaxBytes: 1024 * 1024,
});
createServer(adapter).listen(PORT);
