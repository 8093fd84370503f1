/** Of a `SideThread`: an estimate takes up to a quarter of a second of computing, and the lists that it needs tens of megabytes. */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { dictionary, adjacencyGraphs as graphs } from "@zxcvbn-ts/language-common";

export interface Question {
  readonly password: string;
  readonly words: readonly string[];
}

const zxcvbn = new ZxcvbnFactory({ graphs, dictionary });

/** @returns how hard a password is to guess, from 0 to 4 */
export function answer({ password, words }: Question): number {
  return zxcvbn.check(password, [...words]).score;
}
