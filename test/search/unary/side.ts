import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { commandLineCaller } from "../../../src/domain/caller.js";
import type { RootKeyScope } from "../../../src/domain/root_key/model.js";
import type { Server } from "../../../src/server/server.js";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { letRotate } from "../../support/rotation.js";
import { newSubject, pathOfRpc, type Subject } from "../secrecy/rpcs.js";
import { Wire } from "../secrecy/wire.js";
import { abandonCall } from "./abandoned-call.js";
import { placeholders, rootKeyPlaceholders, type SentCall } from "./calls.js";
import { type Comparable, Comparison } from "./masked-answers.js";
import { startTwins, type Twins } from "./twins.js";

/** What the log says of a call, but for when and how fast. */
export type LoggedCall = Readonly<Record<string, unknown>>;

/**
 * One of two instances that are asked the same. Each has a database of its own, so that a change that one makes is no news
 * to the other.
 */
export class Side implements AsyncDisposable {
  readonly #twins: Twins;
  readonly #server: Server;
  readonly #wire: Wire;
  readonly #rootKeys: Names;
  readonly #comparison = new Comparison();
  readonly #logged = new Map<string, LoggedCall>();
  #linesRead = 0;
  #subjects = 0;
  #subject: Subject = placeholders;

  private constructor(twins: Twins, server: Server, rootKeys: Names) {
    this.#twins = twins;
    this.#server = server;
    this.#wire = new Wire(server.url);
    this.#rootKeys = rootKeys;
  }

  /** @param face `faces`: rpcs are served as in production; `adapter`: by the library's adapter alone */
  static async start(face: "faces" | "adapter"): Promise<Side> {
    const twins = await startTwins();
    return new Side(twins, twins[face].server, await makeRootKeys(twins));
  }

  /** Makes what the calls from now on are about. */
  async renewSubject(): Promise<void> {
    const { clients } = this.#twins;
    this.#subjects += 1;
    const name = `subject ${this.#subjects}`;
    this.#subject = await newSubject({ clients }, { name, maxKeysPerOwner: 0, allowNeverExpires: true });
  }

  /** Has a value wait to be claimed of the key that the calls are about. */
  async letRotate(): Promise<void> {
    await letRotate(this.#twins, this.#subject.apiKeyId);
  }

  /** Makes keys in the project that the calls are about. */
  async addKeys(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await newApiKey(this.#twins.clients, this.#subject.projectId, { name: "key", ownerId: `owner ${i}` });
    }
  }

  async send({ rpc, over, method, query, headers, body, gzip, sized }: SentCall): Promise<Comparable> {
    const named = Buffer.from(this.#named(body.toString("latin1")), "latin1");
    const { authorization } = headers;
    const answer = await this.#wire[over]({
      path: `${pathOfRpc(rpc)}${query}`,
      method,
      headers: { ...headers, ...(authorization !== undefined && { authorization: this.#named(authorization) }) },
      body: gzip ? gzipSync(named) : named,
      sized,
    });
    return this.#comparison.comparable(rpc, answer);
  }

  /** How a body is read as a binary message, with placeholders for this side's names; undefined: not at all. */
  reads({ rpc, body }: SentCall): string | undefined {
    try {
      const bytes = Buffer.from(this.#named(body.toString("latin1")), "latin1");
      const text = Buffer.from(toBinary(rpc.input, fromBinary(rpc.input, bytes))).toString("latin1");
      return this.#names().reduce((result, [placeholder, name]) => result.replaceAll(name, placeholder), text);
    } catch {
      return undefined;
    }
  }

  /** Sends half of a call, and leaves. */
  async abandon({ rpc, over, headers, body }: SentCall): Promise<void> {
    const authorization = this.#named(headers["authorization"] ?? "");
    await abandonCall(this.#server.url, over, { path: pathOfRpc(rpc), headers: { ...headers, authorization }, body });
  }

  /** The log's line of a call, once it is written, which is behind the answer. */
  async logged(requestId: string): Promise<LoggedCall> {
    for (const since = performance.now(); performance.now() - since < 5_000; await setImmediate()) {
      this.#readLog();
      const line = this.#logged.get(requestId);
      if (line !== undefined) {
        return line;
      }
    }
    throw new Error(`the log says nothing of the call ${requestId}`);
  }

  /** From then on no rpc is served. */
  async drain(): Promise<void> {
    await this.#server.drain();
  }

  /** Lines that say that something went wrong that nobody foresaw. */
  get faults(): readonly string[] {
    return this.#twins.logLines.filter((line) => /"level":"(error|fatal)"/.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wire.close();
    await this.#twins.stop();
  }

  #readLog(): void {
    const { logLines } = this.#twins;
    for (; this.#linesRead < logLines.length; this.#linesRead++) {
      const line: LoggedCall = JSON.parse(logLines[this.#linesRead] ?? "{}");
      if (line["duration_ms"] !== undefined) {
        const { level, method, protocol, code, source } = line;
        const principal = this.#comparison.masked(String(line["principal"]));
        this.#logged.set(String(line["request_id"]), { level, method, protocol, code, source, principal });
      }
    }
  }

  #named(text: string): string {
    return this.#names().reduce((result, [placeholder, name]) => result.replaceAll(placeholder, name), text);
  }

  #names(): Names {
    const { projectId, apiKeyId, key, token, code, userId, webhookId, eventId } = this.#subject;
    return [
      [placeholders.projectId, projectId],
      [placeholders.apiKeyId, apiKeyId],
      [placeholders.key, key],
      [placeholders.token, token],
      [placeholders.code, code],
      [placeholders.userId, userId],
      [placeholders.webhookId, webhookId],
      [placeholders.eventId, eventId],
      ...this.#rootKeys,
    ];
  }
}

type Names = readonly (readonly [placeholder: string, name: string])[];

async function makeRootKeys(twins: Twins): Promise<Names> {
  const { verifies, reads, ofOtherProject, revoked } = rootKeyPlaceholders;
  const otherProject = await newProject(twins.clients, { name: "other project" });
  const bad = await newRootKey(twins, { name: "revoked" });
  await twins.services.rootKeys.revoke(commandLineCaller, bad.id);
  const readScopes: readonly RootKeyScope[] = ["projects:read", "api_keys:read", "audit:read"];
  return [
    [verifies, (await newRootKey(twins, { name: "verifies", scopes: ["api_keys:verify"] })).value],
    [reads, (await newRootKey(twins, { name: "reads", scopes: readScopes })).value],
    [ofOtherProject, (await newRootKey(twins, { name: "of other project", projects: [otherProject] })).value],
    [revoked, bad.value],
  ];
}
