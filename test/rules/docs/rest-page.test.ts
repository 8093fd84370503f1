import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operations } from "./openapi.js";

/** Refusals that no operation has, and why. */
const ofNoOperation = [
  // A document lists what may be asked at a path; this answers what may not.
  405,
];

test("docs/rest.md tells of every status that docs/openapi.json has, and of one more", () => {
  const page = readFileSync("docs/rest.md", "utf8");
  const onPage = [...page.matchAll(/^\| ([45]\d\d) \|/gm)].map(([, status]) => Number(status));
  const inDocument = new Set(operations.flatMap(({ refusals }) => refusals));
  expect(onPage).toEqual([...inDocument, ...ofNoOperation].sort());
});
