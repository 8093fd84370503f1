// Loaded into a service before its own code: tells on its IPC channel how much memory is in use once garbage is gone, and
// counts what would have ended a process without it.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
let rejections = 0;
process.on("unhandledRejection", () => {
  rejections += 1;
});
process.on("message", async () => {
  // What finalizers and closing sockets let go of comes with a later turn.
  for (let round = 0; round < 4; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  process.send({ heapUsed, external, arrayBuffers, rejections });
});
// Asked or not, the channel keeps nobody alive.
process.channel.unref();
