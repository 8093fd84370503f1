import { besideOf, SideThread } from "../../platform/side-thread.js";
import type { Question } from "./estimator.js";

/** Longer texts take long to estimate; what is common shows at the beginning. */
const estimated = 32;
/** The score, from 0 to 4, of what is guessed within 10⁶ tries. */
const common = 1;

const estimator = new SideThread<Question, number>(besideOf(import.meta.url, "estimator"));

/**
 * Whether a password is among those that are tried first.
 *
 * @param words what of the user's own is easily guessed, such as the username
 */
export async function isCommon(password: string, words: readonly string[]): Promise<boolean> {
  return (await estimator.ask({ password: password.slice(0, estimated), words })) <= common;
}
