import { Code } from "@connectrpc/connect";
import type { Call } from "../call/call.js";
import { type HttpRequest, type HttpResponse, pathOf, respondJson } from "../http/http.js";

const message = "nothing is served at this path";

/** The path of an rpc. */
const rpcPath = /^\/[\w.]*\.\w+\/\w+$/;

/**
 * Answers where nothing is served. HTTP and Connect clients read the status and the body; gRPC and gRPC-Web take a
 * response without a message, whose status stands in the trailers or, of gRPC-Web, in the headers.
 *
 * Theirs has status 200, which lets a request pass where a gateway asks at a path with a slip in it, and sends the type that the
 * gateway's own client chose: so only what is called as an rpc gets it.
 */
export async function notFound(request: HttpRequest, response: HttpResponse, call: Call): Promise<void> {
  const isCalled = request.method === "POST" && rpcPath.test(pathOf(request));
  const type = isCalled ? (request.headers["content-type"] ?? "") : "";
  const protocol = /^application\/(grpc-web|grpc)(?:[+;]|$)/i.exec(type)?.[1];
  if (protocol === undefined) {
    respondJson(request, response, 404, { code: "unimplemented", message });
    return;
  }
  call.protocol = protocol.toLowerCase();
  call.failed(Code.Unimplemented);
  const status = { "grpc-status": String(Code.Unimplemented), "grpc-message": message };
  response.setHeader("content-type", `application/${call.protocol}+proto`);
  if (call.protocol === "grpc") {
    response.addTrailers(status);
  } else {
    for (const [name, value] of Object.entries(status)) {
      response.setHeader(name, value);
    }
  }
  response.end("");
}
