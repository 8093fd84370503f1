import type { Compression } from "@connectrpc/connect/protocol";
import { isPublicId } from "../../platform/ids.js";
import { servedProbe } from "../call/call-log.js";
import type { RestFace } from "../faces/rest/rest-face.js";
import { sendAnswer } from "../faces/send-answer.js";
import { pathOf, respondProblem } from "../http/http.js";
import { onlyGet } from "../ops/probes.js";
import { keptCompressions } from "./kept-compressions.js";
import { keptFile } from "./kept-file.js";
import { policyOfPage } from "./policy.js";

const prefix = "/portal/";

/** Whose pages may show a project's portal in a frame. */
export interface PortalFrames {
  /** @returns none where there is no such project @throws when it cannot be said now */
  framesOf(projectId: string): Promise<readonly string[]>;
}

/**
 * The page at which owners manage their own keys, the same at the path of every project, whether it exists or not: what it shows comes by
 * the code in its fragment, which browsers do not send. Its scripts and styles are among the console's.
 *
 * @param folder where this package is; undefined: the page is not there
 */
export function createPortal(
  folder: URL | undefined,
  available: readonly Compression[],
  { framesOf }: PortalFrames,
): RestFace {
  const compressions = keptCompressions(available);
  const readPage = folder && keptFile(new URL("dist/console/portal.html", folder));
  const served = servedProbe("/portal");

  const serve = onlyGet(async (request, response) => {
    const page = await readPage?.().catch(() => undefined);
    if (page === undefined) {
      respondProblem(request, response, 404, "this installation comes without it: npm run build puts it there");
      return;
    }
    const framedBy = await framesOf(pathOf(request).slice(prefix.length)).catch(() => undefined);
    if (framedBy === undefined) {
      respondProblem(request, response, 503, "the database does not answer; try again in a moment");
      return;
    }
    // Not kept by browsers, unlike other pages: the policy changes while the page does not, and a kept copy has the one of before.
    await sendAnswer(request, response, compressions, {
      status: 200,
      headers: [
        ["content-type", "text/html; charset=utf-8"],
        ["content-security-policy", policyOfPage(framedBy)],
        ["cross-origin-opener-policy", "same-origin"],
        ["cache-control", "no-store"],
      ],
      body: page.bytes,
    });
  });
  return (request) => {
    const path = pathOf(request);
    const isHere = path.startsWith(prefix) && isPublicId(path.slice(prefix.length));
    return isHere ? { rpc: undefined, served, serve } : undefined;
  };
}
