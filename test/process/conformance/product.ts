/** The compiled server, as it is shipped: `npm run build` comes first. Types are those of its source. */
async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../../dist/${path}`, import.meta.url).href)) as Module;
}

export const { createLogger } = await load<typeof import("../../../src/platform/logger.js")>("src/platform/logger.js");
export const { startServer } = await load<typeof import("../../../src/server/server.js")>("src/server/server.js");
export const { maxCallMs } =
  await load<typeof import("../../../src/server/http/limits.js")>("src/server/http/limits.js");
