import { setTimeout as sleep } from "node:timers/promises";
import { type Random, seededRandom } from "../../support/random.js";
import { checkEverything, checkSince } from "./checks.js";
import { type CallRpc, connectJson } from "./connect-json.js";
import { postmasterOf, withEmbedded } from "./database.js";
import { type KillMode, kill, killModes, killWeights, killWeightsUnderLoad } from "./kill-modes.js";
import { type Acknowledged, Ledger } from "./ledger.js";
import { loadUntilLost } from "./load.js";
import { makeProjects } from "./projects.js";
import { runService, type ServiceProcess } from "./service-process.js";
import { createdTogether, type Together } from "./together.js";

const rootKey = "root-key-of-the-environment-for-crashes";

export interface Plan {
  readonly rounds: number;
  /** An absolute path that the database's OS user can reach; empty at first. */
  readonly dataDir: string;
  readonly seed: number;
  /** The longest that a load goes on before the kill, in milliseconds; mostly short unless given. */
  readonly longestMs?: number | undefined;
  /** Told after each round. */
  readonly progress?: (round: number, mode: KillMode, violations: readonly string[]) => void;
}

export interface Summary {
  /** How often each mode of killing was used. */
  readonly rounds: ReadonlyMap<KillMode, number>;
  /** Starts that found a Postgres of the round before still running. */
  readonly adopted: number;
  readonly acknowledged: Acknowledged;
  /** Creations that were refused, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** Creations that a kill left without an answer, and how many of them took effect. */
  readonly unanswered: { readonly creations: number; readonly tookEffect: number };
  readonly together: Together;
  /** Verdicts that were asked for after restarts. */
  readonly verdicts: number;
  readonly violations: readonly string[];
}

/** Kills the service under load, starts it anew, and looks for what was lost, again and again. */
export async function killRounds({ rounds, dataDir, seed, longestMs, progress }: Plan): Promise<Summary> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  const counts = new Map<KillMode, number>();
  const violations: string[] = [];
  let adopted = 0;
  const start = () => runService({ ALTALUNE_DATA_DIR: dataDir, ALTALUNE_ROOT_KEY: rootKey });

  let service = start();
  try {
    for (let round = 1; round <= rounds; round++) {
      // Where nothing was acknowledged yet, the last round sees to it that something is there to be lost.
      const mustAcknowledge = round === rounds && ledger.keys.length === 0;
      const mode = random.weighted(mustAcknowledge ? killWeightsUnderLoad : killWeights);
      const note = (sentence: string): void => void violations.push(`round ${round}, ${mode}: ${sentence}`);
      counts.set(mode, (counts.get(mode) ?? 0) + 1);
      const known = ledger.keys.length;
      if (killModes[mode].starting) {
        await stop(service);
        service = start();
        await killWhileStarting(mode, service, dataDir, random);
      } else {
        await killUnderLoad({ mode, service, dataDir, ledger, random, longestMs, mustAcknowledge, note });
      }
      adopted += (await postmasterOf(dataDir)) === undefined ? 0 : 1;
      const since = new Date();
      service = start();
      const call = await readyAgain(service, note);
      await checkSince(known, { call, since, dataDir, ledger, random }, note);
      progress?.(round, mode, violations);
    }
    const call = connectJson(await service.ready, rootKey);
    const since = new Date();
    await checkEverything({ call, since, dataDir, ledger, random }, (sentence) => {
      violations.push(`at the end: ${sentence}`);
    });
    const together = await withEmbedded(dataDir, createdTogether);
    const { acknowledged, refused, unanswered, verdicts } = ledger;
    return { rounds: counts, adopted, acknowledged, refused, unanswered, together, verdicts, violations };
  } finally {
    await stop(service);
  }
}

interface LoadedKill extends Pick<Plan, "dataDir" | "longestMs"> {
  readonly mode: KillMode;
  readonly service: ServiceProcess;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Whether to kill only once a creation was acknowledged. */
  readonly mustAcknowledge: boolean;
  readonly note: (sentence: string) => void;
}

async function killUnderLoad({
  mode,
  service,
  dataDir,
  ledger,
  random,
  longestMs,
  mustAcknowledge,
  note,
}: LoadedKill): Promise<void> {
  const call = connectJson(await service.ready, rootKey);
  if (ledger.projects.length === 0) {
    ledger.projects = await makeProjects(call);
  }
  const load = loadUntilLost(call, ledger, random);
  while (mustAcknowledge && ledger.keys.length === 0) {
    await sleep(10);
  }
  // A change that narrows access waits up to 2 s for the instance that the last round killed: some rounds see that out.
  await sleep(random.between(10, longestMs ?? random.pick([1_200, 1_200, 5_000]) ?? 0));
  const stuck = await kill(mode, service, dataDir);
  if (stuck !== undefined) {
    note(stuck);
  }
  await load;
  for (const oddity of ledger.oddities.splice(0)) {
    note(oddity);
  }
}

async function killWhileStarting(
  mode: KillMode,
  service: ServiceProcess,
  dataDir: string,
  random: Random,
): Promise<void> {
  await sleep(random.between(0, 1_200));
  await kill(mode, service, dataDir);
}

/** The promise under test is that it comes back, so there is no second try. */
async function readyAgain(service: ServiceProcess, note: (sentence: string) => void): Promise<CallRpc> {
  try {
    return connectJson(await service.ready, rootKey);
  } catch (error) {
    note("it does not come back");
    throw error;
  }
}

async function stop(service: ServiceProcess): Promise<void> {
  service.signal("SIGTERM");
  await service.ended;
}
