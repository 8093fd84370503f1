import type { DeliveryPlace } from "../model.js";

/** How many deliveries one endpoint is sent at once by a process; one whose last attempt failed, a single one. */
const atOnceEach = 8;
/** How many all endpoints of one project are sent at once by a process, so that they leave most of its jobs to others. */
const atOnceOfProject = 16;

/** What is under way to one endpoint from here. */
interface Lane {
  count: number;
  isFailing: boolean;
}

/** What is under way from here, so that a slow endpoint holds up nobody but itself, and many of a project nobody but that. */
export class Traffic {
  readonly #lanes = new Map<string, Lane>();
  readonly #ofProjects = new Map<bigint, number>();

  /** @returns what ends it, to be told whether the endpoint failed, undefined where it was not asked; undefined: it is not its turn */
  enter({ projectId, webhookId }: DeliveryPlace): ((failed: boolean | undefined) => void) | undefined {
    const name = `${projectId}/${webhookId}`;
    const lane = this.#lanes.get(name) ?? { count: 0, isFailing: false };
    const ofProject = this.#ofProjects.get(projectId) ?? 0;
    if (lane.count >= (lane.isFailing ? 1 : atOnceEach) || ofProject >= atOnceOfProject) {
      return undefined;
    }
    this.#lanes.set(name, lane);
    lane.count += 1;
    this.#ofProjects.set(projectId, ofProject + 1);
    return (failed = lane.isFailing) => {
      lane.isFailing = failed;
      lane.count -= 1;
      if (lane.count === 0 && !lane.isFailing) {
        this.#lanes.delete(name);
      }
      const left = (this.#ofProjects.get(projectId) ?? 1) - 1;
      if (left === 0) {
        this.#ofProjects.delete(projectId);
      } else {
        this.#ofProjects.set(projectId, left);
      }
    };
  }
}
