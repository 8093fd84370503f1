import { readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { exists } from "./folder.js";

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages carry no symlinks: the package's install script makes them from a list. Where install scripts are off, we
 * make them.
 */
export async function completeSymlinks(root: string): Promise<void> {
  for (const link of await listedLinks(root)) {
    if (!(await exists(link.target))) {
      await makeLink(link);
    }
  }
}

async function listedLinks(root: string): Promise<Link[]> {
  const list = await orMissing(readFile(join(root, "pg-symlinks.json"), "utf8"));
  const entries: Link[] = list ? JSON.parse(list) : [];
  // The list's paths start at the package, with the name of the folder that is our root.
  const place = (path: string) => join(root, ...path.split("/").slice(1));
  return entries.map(({ source, target }) => ({ source: place(source), target: place(target) }));
}

async function makeLink({ source, target }: Link): Promise<void> {
  try {
    await symlink(relative(dirname(target), source), target);
  } catch (cause) {
    // Another process may have been faster.
    if (await exists(target)) {
      return;
    }
    throw new EmbeddedPostgresError(
      `The embedded Postgres is not installed whole: ${target} is missing and could not be made. Run npm rebuild with ` +
        "install scripts allowed, or set DATABASE_URL.",
      { cause },
    );
  }
}
