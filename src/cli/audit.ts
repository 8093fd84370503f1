import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, CommanderError } from "commander";
import type { Services } from "../app/context.js";
import { verifyWholeTrail } from "../domain/audit/whole-trail.js";
import { commandLineCaller } from "../domain/caller.js";
import { ProjectNotFoundError } from "../domain/project/errors.js";
import type { Project } from "../domain/project/model.js";
import { Progress } from "./progress.js";
import { stopWish } from "./stop-wish.js";
import { UsageError } from "./usage-error.js";
import { withServices } from "./with-storage.js";

const exitCodes = { intact: 0, broken: 1, unanswered: 2 } as const;
/** How long a walk that is interrupted may take to close the database, in milliseconds. */
const giveUpMs = 2_000;
const maxSequence = 2n ** 63n - 1n;

interface VerifyOptions {
  readonly project?: string;
  readonly from?: string;
}

export function auditCommand(): Command {
  const command = new Command("audit").description("check the audit trail").exitOverride();
  command
    .command("verify")
    .description("walk trails to their ends, and say whether every event is as it was written")
    .option(
      "--project <id>",
      "the project whose trail to walk, also of one that was deleted; without it: every project's, and the instance's own",
    )
    .option(
      "--from <sequence>",
      "where in the project's trail to start, to go on where a walk has ended; what lies before is trusted",
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 when what was walked is intact, 1 when it is not, 2 when that could not be found out.",
    )
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : exitCodes.unanswered, code, message);
    })
    .action(verify);
  return command;
}

async function verify(options: VerifyOptions): Promise<void> {
  process.exitCode = exitCodes.unanswered;
  const fromSequence = options.from === undefined ? 0n : sequenceOf(options.from);
  if (options.from !== undefined && options.project === undefined) {
    throw new UsageError("--from is a place in one project's trail: name that with --project");
  }
  const stop = stopWish(process.env);
  const walking = withServices(async (services) => {
    const walk = new Walk(services, stop.signal);
    const intact = await (options.project === undefined
      ? walk.everyTrail()
      : walk.trailOf(await projectOf(services, options.project), fromSequence));
    process.exitCode = intact ? exitCodes.intact : exitCodes.broken;
  }, stop.signal);
  const by = await Promise.race([walking, stop.came]);
  if (typeof by === "string") {
    const over = walking.catch(() => undefined);
    await Promise.race([over, sleep(giveUpMs)]);
    process.exit(128 + (by === "SIGINT" ? constants.signals.SIGINT : constants.signals.SIGTERM));
  }
}

function sequenceOf(text: string): bigint {
  const sequence = /^[0-9]{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (sequence < 1n || sequence > maxSequence) {
    throw new UsageError("--from must be the sequence of an event, a whole number from 1 on");
  }
  return sequence;
}

async function projectOf({ projects }: Services, publicId: string): Promise<Project> {
  try {
    return await projects.reachEvenDeleted(commandLineCaller, publicId);
  } catch (error) {
    throw error instanceof ProjectNotFoundError
      ? new UsageError("--project must be the id of a project that there is, or was: see ProjectService.QueryProjects")
      : error;
  }
}

/** Walks trails, and prints what it finds: how far it is to stderr, the outcome to stdout. */
class Walk {
  readonly #services: Services;
  readonly #signal: AbortSignal;
  readonly #progress = new Progress();

  constructor(services: Services, signal: AbortSignal) {
    this.#services = services;
    this.#signal = signal;
  }

  /** @returns whether it is intact */
  async trailOf(project: Project, fromSequence: bigint): Promise<boolean> {
    const { intact, events, headHash } = await this.#walk(project, fromSequence);
    if (intact) {
      this.#print(`${nameOf(project)} is intact: ${events} events were checked, its head is ${headHash}`);
    }
    return intact;
  }

  /** @returns whether all are intact */
  async everyTrail(): Promise<boolean> {
    let trails = 0;
    let broken = 0;
    let events = 0n;
    for await (const project of this.#services.projects.everyEvenDeleted()) {
      const walked = await this.#walk(project, 0n);
      trails += 1;
      broken += walked.intact ? 0 : 1;
      events += walked.events;
    }
    this.#print(
      broken === 0
        ? `all ${trails} trails are intact: ${events} events were checked`
        : `${broken} of ${trails} trails are not intact`,
    );
    return broken === 0;
  }

  async #walk(project: Project, fromSequence: bigint) {
    const { audit } = this.#services;
    const report = await verifyWholeTrail(audit, project, {
      fromSequence,
      signal: this.#signal,
      onPart: ({ lastSequence, head }) => {
        const percent = (100n * lastSequence) / head.sequence;
        this.#progress.show(`${nameOf(project)}: ${lastSequence} of ${head.sequence} events, ${percent} %`);
      },
    });
    if (!report.intact) {
      this.#print(`${nameOf(project)} is not intact: it breaks at sequence ${report.firstBrokenSequence}`);
    }
    return {
      intact: report.intact,
      events: report.eventsChecked,
      headHash: report.head.hash.toString("base64"),
    };
  }

  #print(line: string): void {
    this.#progress.clear();
    process.stdout.write(`${line}\n`);
  }
}

function nameOf({ publicId }: Project): string {
  return publicId === "" ? "the instance's own trail" : `the trail of project ${publicId}`;
}
