import { Code } from "@connectrpc/connect";
import type { Call } from "../call/call.js";
import { type HttpRequest, type HttpResponse, respondJson } from "../http/http.js";

const message = "nothing is served at this path";

/**
 * Answers where nothing is served. HTTP and Connect clients read the status and the body; gRPC and gRPC-Web take a
 * response without a message, whose status stands in the trailers or, of gRPC-Web, in the headers.
 */
export async function notFound(request: HttpRequest, response: HttpResponse, call: Call): Promise<void> {
  const protocol = /^application\/(grpc-web|grpc)(?:[+;]|$)/i.exec(request.headers["content-type"] ?? "")?.[1];
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
