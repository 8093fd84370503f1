import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = ["README.md", "CHANGELOG.md", ...globSync("docs/*.md")];

test.each(pages)("every link of %s within the project leads somewhere", (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? "");
  expect(links.filter((link) => !/^https?:/.test(link) && !resolves(page, link))).toEqual([]);
});

function resolves(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Without blocks of code, whose comments and brackets are no headings and links. */
function textOf(page: string): string {
  return readFileSync(page, "utf8").replace(/^```.*?^```/gms, "");
}
