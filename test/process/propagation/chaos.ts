import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Random } from "../../support/random.js";
import { changeNames, narrow, newProject, newTarget, type Target } from "./changes.js";
import { type Member, startMember, stopMember } from "./fleet.js";
import { type Load, nothingObserved, type Observed, startLoad, verify } from "./fleet-load.js";

export interface ChaosOptions {
  readonly seconds: number;
  readonly members: number;
  readonly random: Random;
  /** Of every instance. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the database is now, past any proxy. */
  readonly databaseUrl: () => string;
  readonly restartDatabase: () => Promise<void>;
  readonly note?: (what: string) => void;
}

export interface ChaosReport {
  readonly observed: Observed;
  readonly disruptions: ReadonlyMap<string, number>;
  readonly changes: number;
  readonly failedChanges: number;
  readonly pendingChanges: number;
  /** Instances that ended without being killed. */
  readonly crashes: readonly string[];
}

const callers = 4;
const perSecond = 150;
const weights = {
  suspend: 4,
  "kill and replace": 2,
  "cut listening": 3,
  "cut all connections": 2,
  "restart database": 1,
};

/** Narrows keys while instances are suspended and killed, and connections cut, and looks for one that is VALID too late. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seconds, random, env, note = () => undefined } = options;
  const observed = nothingObserved();
  const disruptions = new Map<string, number>();
  const crashes: string[] = [];
  const targets: Target[] = [];
  const loads = new Map<Member, Load>();
  const members: Member[] = [];
  let started = 0;
  const join = async () => {
    started += 1;
    const member = await startMember(`instance ${started}`, env);
    members.push(member);
    const recent = () => random.pick(targets.slice(-100));
    loads.set(member, startLoad(member.rpc, member.name, recent, observed, callers, perSecond));
  };
  for (let i = 0; i < options.members; i++) {
    await join();
  }
  const [{ rpc }] = members as [Member];
  const projectId = await newProject(rpc);
  const until = performance.now() + seconds * 1000;
  let changes = 0;
  let failedChanges = 0;
  let pendingChanges = 0;

  const changing = async () => {
    while (performance.now() < until) {
      const changer = random.pick(members.filter(({ suspended }) => !suspended));
      const target = changer && (await newTarget(changer.rpc, projectId));
      if (changer === undefined || target === undefined) {
        await sleep(20);
        continue;
      }
      targets.push(target);
      const awake = () => members.filter(({ suspended }) => !suspended);
      await Promise.all(awake().map((member) => verify(member.rpc, member.name, target, observed)));
      const returned = await narrow(changer.rpc, random.pick(changeNames) ?? "", target);
      changes += 1;
      failedChanges += returned === undefined ? 1 : 0;
      pendingChanges += returned !== undefined && returned.pendingInstances > 0 ? 1 : 0;
      for (const member of members) {
        void verify(member.rpc, member.name, target, observed);
      }
    }
  };

  const disrupt: Readonly<Record<keyof typeof weights, () => Promise<void>>> = {
    suspend: async () => {
      const member = random.pick(members.filter(({ suspended }) => !suspended));
      if (member !== undefined) {
        member.suspended = true;
        member.service.signal("SIGSTOP");
        await sleep(random.between(100, 5_000));
        member.service.signal("SIGCONT");
        member.suspended = false;
      }
    },
    "kill and replace": async () => {
      const member = random.pick(members);
      if (member !== undefined && members.length > 1) {
        members.splice(members.indexOf(member), 1);
        member.service.signal("SIGKILL");
        await member.service.ended;
        await loads.get(member)?.stop();
        await join();
      }
    },
    "cut listening": () => terminate(options.databaseUrl(), "altalune listen"),
    "cut all connections": () => terminate(options.databaseUrl(), "altalune%"),
    "restart database": options.restartDatabase,
  };
  const disrupting = async () => {
    while (performance.now() < until) {
      await sleep(random.between(50, 1_200));
      const what = random.weighted(weights);
      note(what);
      disruptions.set(what, (disruptions.get(what) ?? 0) + 1);
      await disrupt[what]();
    }
  };

  await Promise.all([changing(), changing(), changing(), changing(), disrupting()]);
  await sleep(500);
  await Promise.all([...loads.values()].map((load) => load.stop()));
  for (const member of members) {
    for (const target of targets.filter(({ refusedFrom }) => refusedFrom !== undefined).slice(-500)) {
      await verify(member.rpc, member.name, target, observed);
    }
    const { service, name } = member;
    const end = await Promise.race([service.ended, sleep(0, undefined)]);
    if (end !== undefined) {
      crashes.push(`${name} ended with ${end}: ${service.stderr().slice(-500)}`);
    }
    await stopMember(member);
  }
  return { observed, disruptions, changes, failedChanges, pendingChanges, crashes };
}

export function chaosSummaryOf(report: ChaosReport): string {
  const { observed, disruptions, changes, failedChanges, pendingChanges, crashes } = report;
  return [
    `disruptions: ${JSON.stringify(Object.fromEntries(disruptions))}`,
    `changes: ${changes}, of which ${failedChanges} failed and ${pendingChanges} had a pending instance`,
    `verifications: ${observed.verifications}, errors: ${JSON.stringify(Object.fromEntries(observed.errors))}`,
    `instances that ended by themselves: ${crashes.length}`,
    `VALID after it was to be refused: ${observed.violations.length}`,
    ...observed.violations.slice(0, 10),
    ...crashes,
  ].join("\n");
}

async function terminate(databaseUrl: string, applicationName: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 and pid <> pg_backend_pid()",
      [applicationName],
    );
  } finally {
    await client.end();
  }
}
