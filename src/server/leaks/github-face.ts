import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "pino";
import { digestOf } from "../../domain/api_key/secret-format.js";
import { GithubSignatureInvalidError } from "../../domain/exposure/errors.js";
import { type GithubKeys, isSignedBy } from "../../domain/exposure/github-keys.js";
import type { ExposureService } from "../../domain/exposure/service.js";
import { tellsValue } from "../../domain/exposure/tells-value.js";
import { FailedAuthentications } from "../../domain/root_key/failures.js";
import type { Call } from "../call/call.js";
import { type CallValues, callContextKey, principalLabelKey } from "../call/call-context.js";
import type { InFlight } from "../call/in-flight.js";
import { maxMessageBytes } from "../call/message-bounds.js";
import { readBody } from "../faces/request-body.js";
import { refusal } from "../faces/rest/problem.js";
import { bodyFault, sendRefusal } from "../faces/rest/refuse.js";
import type { RestFace } from "../faces/rest/rest-face.js";
import { sendAnswer } from "../faces/send-answer.js";
import type { ServeRequest } from "../faces/serve-request.js";
import { type HttpRequest, pathOf } from "../http/http.js";
import { maxCallMs } from "../http/limits.js";
import { authRefusalOf, withNames } from "../sign_in/refusals.js";
import { type GithubReport, readGithubReport } from "./bodies.js";

/** Where GitHub's secret scanning tells what it has found. */
export const githubPath = "/leaks/github";

/** Who the trail says has reported it. */
const actor = "github";

const served = { method: "leaks/github", isProbe: false, isVerification: false };

export interface GithubFaceOptions {
  readonly keys: GithubKeys;
  readonly exposures: ExposureService;
  readonly inFlight: InFlight;
  readonly logger: Logger;
}

/** Feedback on a value, as GitHub takes it. The value itself does not go out again. */
interface Label {
  readonly token_hash: string;
  readonly token_type: string;
  readonly label: "true_positive" | "false_positive";
}

/**
 * Takes what GitHub's secret scanning has found, by its protocol for partners. The signature is the credential, so nothing of a body is
 * read as JSON before that holds, and the answer, which says what of it are keys of ours, is given before anything is done about them.
 */
export function createGithubFace({ keys, exposures, inFlight, logger }: GithubFaceOptions): RestFace {
  const failures = new FailedAuthentications();

  /** @returns the body, once it is known that it is GitHub's; undefined: it is not */
  const signedBody = async (
    request: HttpRequest,
    call: Call,
    bodyRead: Buffer | undefined,
  ): Promise<Uint8Array | undefined> => {
    const identifier = request.headers["github-public-key-identifier"];
    const signature = request.headers["github-public-key-signature"];
    if (typeof identifier !== "string" || typeof signature !== "string") {
      return undefined;
    }
    const key = await keys.find(identifier);
    if (key === undefined) {
      return undefined;
    }
    call.phase = "decoding";
    const body = bodyRead ?? (await readBody(request, call, maxMessageBytes));
    call.phase = "handling";
    return isSignedBy(key, body, signature) ? body : undefined;
  };

  const answer = async (
    request: HttpRequest,
    call: Call,
    values: CallValues,
    bodyRead: Buffer | undefined,
  ): Promise<readonly Label[]> => {
    if (inFlight.draining) {
      throw new ConnectError("this server is shutting down; try again", Code.Unavailable);
    }
    const { clientAddress, requestId } = values.get(callContextKey);
    const body = await failures.hear(
      clientAddress,
      () => signedBody(request, call, bodyRead),
      () => new GithubSignatureInvalidError(),
    );
    values.set(principalLabelKey, actor);
    const report = readGithubReport(body);
    const are = await exposures.takeAll({ actor, requestId, clientAddress }, report.map(foundValueOf));
    return report.map(({ token, type }, i) => ({
      token_hash: digestOf(token).toString("hex"),
      token_type: type,
      label: are[i] === true ? "true_positive" : "false_positive",
    }));
  };

  const serve: ServeRequest = async (request, response, call, values, bodyRead) => {
    call.protocol = "rest";
    call.signal = AbortSignal.timeout(maxCallMs);
    const fault =
      request.method === "POST"
        ? bodyFault(true, request, call.requestId)
        : refusal(405, "METHOD_NOT_ALLOWED", "this path takes POST", call.requestId, { allow: "POST" });
    if (fault !== undefined) {
      call.refused(fault.problem.status);
      await sendRefusal(request, response, withNames(fault));
      return;
    }
    try {
      call.phase = "handling";
      const body = Buffer.from(JSON.stringify(await answer(request, call, values, bodyRead)));
      await sendAnswer(request, response, [], { status: 200, headers: [["content-type", "application/json"]], body });
    } catch (error) {
      const refused = authRefusalOf(error, request, call, logger);
      call.refused(refused.problem.status);
      await sendRefusal(request, response, refused);
    }
  };
  return (request) => (pathOf(request) === githubPath ? { rpc: undefined, served, serve } : undefined);
}

function foundValueOf({ token, url, source }: GithubReport[number]) {
  // What is said of it may hold what was found; the trail is not to.
  const said = (text: string | null | undefined) => (text && !tellsValue(text, token) ? text : "");
  const saidSource = said(source);
  return {
    digest: digestOf(token),
    source: saidSource === "" ? "github" : `github:${saidSource}`,
    url: said(url),
  };
}
