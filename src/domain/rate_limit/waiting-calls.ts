import type { LimitDecision } from "./limit-decision.js";

/** A call that the share here does not hold enough for. */
export interface WaitingCall {
  readonly cost: number;
  /** Whether only the database's answer will do. */
  readonly fresh: boolean;
  answer(decision: LimitDecision): void;
  fail(error: unknown): void;
}

/** The calls of one key that wait for a refill, in their order. The first of them are counted in the refill under way. */
export class WaitingCalls {
  readonly #calls: WaitingCall[] = [];
  #counted = 0;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  add(call: WaitingCall): void {
    this.#calls.push(call);
  }

  /** Lets a call wait no longer. */
  remove(call: WaitingCall): void {
    const at = this.#calls.indexOf(call);
    if (at !== -1) {
      this.#calls.splice(at, 1);
      if (at < this.#counted) {
        this.#counted -= 1;
      }
    }
  }

  /**
   * Counts the first calls in a refill: as many as fit into `room`, so that they are granted in one go, which otherwise only
   * calls of one cost are; all of them when the room is not known, or not even the first fits.
   *
   * @param spendingOf what a call spends if it fits
   * @returns what those that spend anything cost, in their order
   */
  count(room: number | undefined, spendingOf: (cost: number) => number): readonly number[] {
    let left = room ?? Number.POSITIVE_INFINITY;
    const over = this.#calls.findIndex(({ cost }) => {
      left -= spendingOf(cost);
      return left < 0;
    });
    this.#counted = over > 0 ? over : this.#calls.length;
    return this.#calls
      .slice(0, this.#counted)
      .map(({ cost }) => spendingOf(cost))
      .filter((spending) => spending > 0);
  }

  /** The refill has ended: answers the calls that were counted in it, up to the first that has to go on waiting. */
  answerCounted(decide: (call: WaitingCall) => LimitDecision | undefined): void {
    this.#answer(this.#uncount(), decide);
  }

  /** The refill has failed: answers each of the calls that were counted in it if that is possible, and fails the others. */
  failCounted(error: unknown, decide: (call: WaitingCall) => LimitDecision | undefined): void {
    for (const call of this.#calls.splice(0, this.#uncount())) {
      const decision = decide(call);
      if (decision === undefined) {
        call.fail(error);
      } else {
        call.answer(decision);
      }
    }
  }

  /** Answers calls in their order, up to the first that has to go on waiting. */
  answerFirst(decide: (call: WaitingCall) => LimitDecision | undefined): void {
    this.#answer(this.#calls.length, decide);
  }

  #answer(most: number, decide: (call: WaitingCall) => LimitDecision | undefined): void {
    for (let answered = 0; answered < most; answered++) {
      const [call] = this.#calls;
      const decision = call && decide(call);
      if (call === undefined || decision === undefined) {
        return;
      }
      this.#calls.shift();
      call.answer(decision);
    }
  }

  #uncount(): number {
    const counted = this.#counted;
    this.#counted = 0;
    return counted;
  }
}
