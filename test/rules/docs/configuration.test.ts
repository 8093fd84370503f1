import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { environment } from "../../../src/app/config.js";

const readme = readFileSync("README.md", "utf8");
const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| *(.*?) *\| (.*) \|$/gm)].map(([, name, cell, meaning]) => ({
  name,
  standard: (cell ?? "").replaceAll("`", ""),
  meaning,
}));

describe("the README's table of configuration", () => {
  test("has every variable that is read, and no other, in the order of the code", () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(environment.shape));
  });

  test("says the default of each, and what each means", () => {
    for (const { name, standard, meaning } of rows) {
      const variable = environment.shape[name as keyof typeof environment.shape];
      const fallback = [variable.parse(undefined)].flat();
      expect([name, standard === "" ? [] : [variable.parse(standard)]]).toEqual([
        name,
        fallback.filter((value) => value !== undefined),
      ]);
      expect(meaning).not.toBe("");
    }
  });
});
