import type { LoadResult } from "../lib/closed-loops.js";
import { Child } from "./child.js";
import { cpuMsOf, memoryOf } from "./process-usage.js";
import type { Encoding, Source } from "./requests.js";

/** What is measured. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly encoding: Encoding;
  readonly pid: number;
  /** Measures itself, without HTTP; undefined: it is called over HTTP. */
  readonly inProcess?: Child;
}

export interface Setting {
  readonly connections: number;
  readonly keys: number;
  /** Where calls over HTTP say that they come from; undefined: they do not say. */
  readonly sources?: readonly Source[] | undefined;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUsPerCall: number;
  readonly memoryBytes: number;
}

export interface Times {
  readonly keysFile: string;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export async function measure(subject: Subject, setting: Setting, times: Times): Promise<Measured> {
  const { calls, seconds, p50Ms, p99Ms, cpuMs } =
    subject.inProcess === undefined
      ? await overHttp(subject, setting, times)
      : await inProcess(subject.inProcess, setting, times);
  return {
    perSecond: calls / seconds,
    p50Ms,
    p99Ms,
    cpuUsPerCall: (cpuMs * 1000) / calls,
    memoryBytes: memoryOf(subject.pid),
  };
}

type WithCpu = LoadResult & { readonly cpuMs: number };

async function overHttp(subject: Subject, setting: Setting, times: Times): Promise<WithCpu> {
  await using load = Child.start("./load.ts");
  const { port, path, authorization, encoding } = subject;
  let before = 0;
  const result = await load.load({ port, path, authorization, encoding, ...setting, ...times }, () => {
    before = cpuMsOf(subject.pid);
  });
  return { ...result, cpuMs: cpuMsOf(subject.pid) - before };
}

async function inProcess(child: Child, setting: Setting, times: Times): Promise<WithCpu> {
  child.send({ ...setting, ...times });
  return (await child.next<{ readonly result: WithCpu }>()).result;
}
