import type { Compression } from "@connectrpc/connect/protocol";
import { sendAnswer } from "../faces/send-answer.js";
import type { HttpRequest, HttpResponse } from "../http/http.js";
import type { KeptFile } from "./kept-file.js";

/** A year. What is named by its content does not change. */
const forGood = "public, max-age=31536000, immutable";

interface SendKeptOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the path is another when the content is. */
  readonly isNamedByPath?: boolean;
}

/**
 * Sends what is kept, or that the client's copy of it is good. A copy is asked about each time, unless its URL names the content: by its
 * query, or where `isNamedByPath` says so by its path.
 */
export async function sendKept(
  request: HttpRequest,
  response: HttpResponse,
  compressions: Compression[],
  { bytes, hash }: KeptFile,
  contentType: string,
  { headers = {}, isNamedByPath = false }: SendKeptOptions = {},
): Promise<void> {
  // Weak: it is the same content, however it is compressed.
  const etag = `W/"${hash}"`;
  const named = isNamedByPath || new URLSearchParams(request.url?.split("?")[1]).get("v") === hash;
  const vary = [response.getHeader("vary"), "Accept-Encoding"].flat().filter((name) => name !== undefined);
  const all = { ...headers, etag, "cache-control": named ? forGood : "no-cache", vary: vary.join(", ") };
  if (hasCopy(request.headers["if-none-match"], hash)) {
    for (const [name, value] of Object.entries(all)) {
      response.setHeader(name, value);
    }
    response.statusCode = 304;
    response.end("");
    return;
  }
  const type = { "content-type": contentType };
  await sendAnswer(request, response, compressions, {
    status: 200,
    headers: Object.entries({ ...all, ...type }),
    body: bytes,
  });
}

function hasCopy(ifNoneMatch: string | undefined, hash: string): boolean {
  return ifNoneMatch === "*" || (ifNoneMatch?.includes(`"${hash}"`) ?? false);
}
