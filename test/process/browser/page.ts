/**
 * What a team's own web page does with a generated client. It runs in a browser: it is told in its address whom to call
 * and as whom, and tells in `window.report` what came of it.
 */
import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import type { CallReport, Report } from "./report.js";

// Of the browser. The types of Node, which all else here runs on, do not know them.
declare const location: { readonly hash: string; readonly origin: string };

const asked = new URLSearchParams(location.hash.slice(1));
const baseUrl = asked.get("url") ?? "";
const headers = { authorization: `Bearer ${asked.get("root-key")}`, "x-request-id": "from-a-page" };

async function use(name: string, transport: ReturnType<typeof createConnectTransport>): Promise<CallReport> {
  const projects = createClient(ProjectService, transport);
  try {
    let answered = new Headers();
    const onHeader = (header: Headers): void => {
      answered = header;
    };
    const { project } = await projects.createProject({ name }, { headers, timeoutMs: 10_000, onHeader });
    const denial = await projects.getProject({ projectId: "23456789abcdef" }, { headers }).then(
      () => undefined,
      (error) => ConnectError.from(error),
    );
    return {
      project: project?.name,
      requestId: answered.get("x-request-id"),
      denial: denial && {
        message: denial.message,
        reasons: denial.findDetails(ErrorInfoSchema).map(({ reason }) => reason),
        requestId: denial.metadata.get("x-request-id"),
      },
    };
  } catch (error) {
    return { failure: ConnectError.from(error).message };
  }
}

const report: Report = {
  origin: location.origin,
  connect: await use("By Connect", createConnectTransport({ baseUrl })),
  connectBinary: await use("By binary Connect", createConnectTransport({ baseUrl, useBinaryFormat: true })),
  grpcWeb: await use("By gRPC-Web", createGrpcWebTransport({ baseUrl })),
};
Object.assign(globalThis, { report: JSON.stringify(report) });
