import { machineFacts, median, met, table } from "../lib/report.js";
import type { GatewaySubject } from "./subjects.js";

export interface GatewayRound {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** NaN where another process does the work. */
  readonly cpuUsPerCall: number;
}

export interface MeasuredSubject {
  readonly subject: GatewaySubject;
  readonly rounds: readonly GatewayRound[];
}

interface GatewayReport {
  readonly measured: readonly MeasuredSubject[];
  readonly server: string;
  readonly durationMs: number;
}

/** What each is compared with, on as many connections. */
const bases: Readonly<Record<string, string>> = {
  "Altalune, forward-auth": "floor, HTTP/1.1",
  "Altalune, ext_authz": "floor, gRPC",
  "stock connect-node": "floor, gRPC",
  "nginx, auth_request": "nginx",
};

const targets: Readonly<Record<string, number>> = { "Altalune, forward-auth": 0.85, "Altalune, ext_authz": 0.7 };

export function gatewayReport({ measured, server, durationMs }: GatewayReport): string {
  const ratioOf = ({ subject, rounds }: MeasuredSubject): number => {
    const base = measured.find(
      (other) => other.subject.name === bases[subject.name] && other.subject.connections === subject.connections,
    );
    return base === undefined
      ? Number.NaN
      : median(rounds.map(({ perSecond }, round) => perSecond / (base.rounds[round]?.perSecond ?? Number.NaN)));
  };
  const rows = measured.map((one) => {
    const { subject, rounds } = one;
    const middle = (of: (round: GatewayRound) => number) => median(rounds.map(of));
    return [
      shown(ratioOf(one), 2),
      subject.name,
      String(subject.connections),
      String(subject.streams),
      middle(({ perSecond }) => perSecond).toFixed(0),
      `${middle(({ p50Ms }) => p50Ms).toFixed(2)} ms`,
      `${middle(({ p99Ms }) => p99Ms).toFixed(2)} ms`,
      shown(
        middle(({ cpuUsPerCall }) => cpuUsPerCall),
        1,
        " µs",
      ),
    ];
  });
  const verdicts = measured.flatMap((one) => {
    const { name, connections } = one.subject;
    const target = targets[name];
    const ratio = ratioOf(one);
    return target === undefined
      ? []
      : [
          `${met(ratio >= target)}  ${name}, ${connections} connections: ${ratio.toFixed(2)} of ${bases[name]}, target ≥ ${target}`,
        ];
  });
  return `${machineFacts(server)}
${measured[0]?.rounds.length} rounds of ${durationMs} ms each, in turn; figures are medians, ratios are medians of the rounds' ratios

${table(["of its base", "subject", "connections", "streams each", "calls/s", "p50", "p99", "CPU/call"], rows)}

floor, HTTP/1.1: a bare node:http handler with SHA-256, a Map and headers. floor, gRPC: a bare node:http2 server that answers with bytes
that never change, as stock connect-node does with a message. nginx is asked through its port, with an API behind it that costs nothing.

${verdicts.join("\n")}
`;
}

function shown(value: number, digits: number, unit = ""): string {
  return Number.isNaN(value) ? "" : value.toFixed(digits) + unit;
}
