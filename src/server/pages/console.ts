import { readdir } from "node:fs/promises";
import { extname } from "node:path";
import type { Compression } from "@connectrpc/connect/protocol";
import { servedProbe } from "../call/call-log.js";
import type { RestFace } from "../faces/rest/rest-face.js";
import { type HttpRequest, type HttpResponse, isNavigation, pathOf, respondProblem } from "../http/http.js";
import { onlyGet, type Probe } from "../ops/probes.js";
import { keptCompressions } from "./kept-compressions.js";
import { type KeptFile, keptFile } from "./kept-file.js";
import { policyOfPage } from "./policy.js";
import { sendKept } from "./send-kept.js";

const consolePath = "/console";
const assetsPrefix = `${consolePath}/assets/`;

const pageHeaders = { "content-security-policy": policyOfPage([]), "cross-origin-opener-policy": "same-origin" };

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/**
 * The console: one page at all paths below /console but those of other pages, since it finds its way itself, and what the page loads.
 * Browsers that ask for `/` are led there. Nothing is read until somebody asks.
 *
 * @param folder where this package is; undefined: the console is not there
 * @param isOther whether a path is another page's
 */
export function createConsole(
  folder: URL | undefined,
  available: readonly Compression[],
  isOther: (path: string) => boolean,
): RestFace {
  const compressions = keptCompressions(available);
  const built = folder && new URL("dist/console/", folder);
  const readPage = built === undefined ? missing : keptFile(new URL("index.html", built));
  const assets = built === undefined ? undefined : keptAssets(new URL("assets/", built));

  const servePage = onlyGet(async (request, response) => {
    const page = await readPage().catch(() => undefined);
    if (page === undefined) {
      respondProblem(request, response, 404, "this installation comes without it: npm run build puts it there");
    } else {
      await sendKept(request, response, compressions, page, "text/html; charset=utf-8", { headers: pageHeaders });
    }
  });
  const serveAsset = onlyGet(async (request, response) => {
    const name = pathOf(request).slice(assetsPrefix.length);
    const type = contentTypes[extname(name)];
    const asset = type === undefined ? undefined : await assets?.(name).catch(() => undefined);
    if (type === undefined || asset === undefined) {
      respondProblem(request, response, 404, "the console has no such file: load its page again");
    } else {
      await sendKept(request, response, compressions, asset, type, { isNamedByPath: true });
    }
  });

  const served = servedProbe(consolePath);
  const endpoint = (probe: Probe): ReturnType<RestFace> => ({ rpc: undefined, served, serve: probe });
  return (request) => {
    const path = pathOf(request);
    if (path === "/") {
      return isNavigation(request) ? endpoint(onlyGet(leadHere)) : undefined;
    }
    if (isOther(path) || (path !== consolePath && !path.startsWith(`${consolePath}/`))) {
      return undefined;
    }
    return endpoint(path.startsWith(assetsPrefix) ? serveAsset : servePage);
  };
}

/** By its name; fails for one that is not there. No name leads out of the folder: what is there was listed. */
function keptAssets(folder: URL): (name: string) => Promise<KeptFile> {
  let listed: Promise<ReadonlyMap<string, () => Promise<KeptFile>>> | undefined;
  const list = async () => {
    const names = await readdir(folder);
    return new Map(names.map((name) => [name, keptFile(new URL(name, folder))]));
  };
  return async (name) => {
    listed ??= list();
    listed.catch(() => {
      listed = undefined;
    });
    return ((await listed).get(name) ?? missing)();
  };
}

async function missing(): Promise<KeptFile> {
  throw new Error("there is no such file");
}

async function leadHere(_request: HttpRequest, response: HttpResponse): Promise<void> {
  response.statusCode = 302;
  response.setHeader("location", consolePath);
  response.end("");
}
