import type { AddressInfo, Server } from "node:net";

/** Listens on a free port and tells the parent process which. Ends with the parent. */
export function announcePort(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
  process.on("disconnect", () => process.exit());
}
