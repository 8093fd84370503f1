/**
 * A thread of its own: an estimate takes up to a quarter of a second of computing, and the lists that it needs tens of megabytes. Only
 * `common.ts` starts it.
 */
import { parentPort } from "node:worker_threads";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { dictionary, adjacencyGraphs as graphs } from "@zxcvbn-ts/language-common";

const zxcvbn = new ZxcvbnFactory({ graphs, dictionary });
parentPort?.on("message", ({ id, password, words }) => {
  parentPort?.postMessage({ id, score: zxcvbn.check(password, words).score });
});
