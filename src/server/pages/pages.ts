import type { Compression } from "@connectrpc/connect/protocol";
import { type HttpRequest, type HttpResponse, respondProblem } from "../http/http.js";
import { onlyGet, type Probe } from "../ops/probes.js";
import { keptCompressions } from "./kept-compressions.js";
import { type KeptFile, keep, keptFile } from "./kept-file.js";
import { registrationPage, registrationScript, registrationStyle } from "./registration.js";
import { sendKept } from "./send-kept.js";
import { pageHeaders, startScript, viewerPage } from "./viewer.js";

/**
 * What people read, by path: the routes as OpenAPI, a page that shows them, and the one where people who were invited register. They hold
 * no secret, and are open. Nothing is read or compressed until somebody asks, and then once.
 *
 * @param folder where this package is; undefined: they are not there
 * @param withConsole whether whoever has registered goes on to the console
 */
export function createPages(
  folder: URL | undefined,
  available: readonly Compression[],
  withConsole: boolean,
): ReadonlyMap<string, Probe> {
  if (folder === undefined) {
    return new Map();
  }
  const compressions = keptCompressions(available);
  const document = keptFile(new URL("docs/openapi.json", folder));
  const script = keptFile(new URL("dist/viewer/swagger-ui-bundle.js", folder));
  const style = keptFile(new URL("dist/viewer/swagger-ui.css", folder));
  const start = keep(Buffer.from(startScript));
  const registerScript = keep(Buffer.from(registrationScript));
  const registerStyle = keep(Buffer.from(registrationStyle));
  const registerHashes = { start: registerScript.hash, style: registerStyle.hash };
  const register = keep(Buffer.from(registrationPage(registerHashes, withConsole ? "./" : undefined)));
  let page: KeptFile | undefined;
  const readPage = async (): Promise<KeptFile> => {
    const hashes = { script: (await script()).hash, style: (await style()).hash, start: start.hash };
    page ??= keep(Buffer.from(viewerPage(hashes)));
    return page;
  };

  const serve = (read: () => Promise<KeptFile>, type: string, headers?: Readonly<Record<string, string>>): Probe =>
    onlyGet(async (request, response) => {
      const file = await read().catch(() => undefined);
      if (file === undefined) {
        respondProblem(request, response, 404, "this installation comes without it: npm run build puts it there");
      } else {
        await sendKept(request, response, compressions, file, type, { headers });
      }
    });
  return new Map([
    ["/openapi.json", serve(document, "application/json")],
    ["/docs", serve(readPage, html, pageHeaders)],
    ["/docs/", onlyGet(toPage)],
    ["/docs/viewer.js", serve(script, javaScript)],
    ["/docs/viewer.css", serve(style, css)],
    ["/docs/start.js", serve(async () => start, javaScript)],
    ["/console/setup", serve(async () => register, html, pageHeaders)],
    ["/console/register", serve(async () => register, html, pageHeaders)],
    ["/console/registration.js", serve(async () => registerScript, javaScript)],
    ["/console/registration.css", serve(async () => registerStyle, css)],
  ]);
}

const html = "text/html; charset=utf-8";
const css = "text/css; charset=utf-8";
const javaScript = "text/javascript; charset=utf-8";

/** Relative addresses mean something else below a slash. */
async function toPage(_request: HttpRequest, response: HttpResponse): Promise<void> {
  response.statusCode = 308;
  response.setHeader("location", "../docs");
  response.end("");
}
