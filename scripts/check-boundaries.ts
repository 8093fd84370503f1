/**
 * Holds the imports of src/, migrations/, the console and our packages to .dependency-cruiser.json, types included.
 *
 * dependency-cruiser reads no TypeScript while TypeScript 7 has no stable API, and would find nothing to complain about
 * in no modules at all. So it is given the same tree as JavaScript, with imports of types kept as imports; and a run that
 * read fewer modules than there are files fails.
 */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "rolldown/utils";

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), ".."));
const configuration = join(root, ".dependency-cruiser.json");
const programs = join(root, "node_modules/.bin");

mkdirSync(join(root, ".generate"), { recursive: true });
const shadow = mkdtempSync(join(root, ".generate/boundaries-"));
try {
  const patterns = [
    "{src,migrations,gen,sdk/src,console/src}/**/*.ts",
    "{sdk,console}/src/**/*.tsx",
    "packages/*/src/**/*.ts",
  ];
  const files = globSync(patterns, { cwd: root });
  for (const file of files) {
    const target = join(shadow, file.replace(/\.tsx?$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, javaScriptOf(readFileSync(join(root, file), "utf8"), /^console\/|\.tsx$/.test(file)));
  }
  cpSync(join(root, "package.json"), join(shadow, "package.json"));
  for (const folder of globSync(["sdk", "packages/*"], { cwd: root })) {
    placePackage(folder);
  }
  process.exitCode = judge(files.filter(isJudged).length);
} finally {
  rmSync(shadow, { recursive: true, force: true });
}

/** Where imports by name find the shadow of one of our packages, not the package itself. */
function placePackage(folder: string): void {
  const manifest = readFileSync(join(root, folder, "package.json"), "utf8").replaceAll('.ts"', '.js"');
  writeFileSync(join(shadow, folder, "package.json"), manifest);
  const place = join(shadow, "node_modules", JSON.parse(manifest).name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(shadow, folder), place);
}

function isJudged(file: string): boolean {
  return /^(src|migrations|packages|sdk|console)\//.test(file);
}

function judge(expected: number): number {
  const places = ["src", "migrations", "packages", "sdk", "console"];
  const found = run("depcruise", [...places, "--config", configuration, "--output-type", "json", "--no-progress"]);
  const modules: readonly { readonly source: string }[] = JSON.parse(found).modules;
  const read = modules.filter(({ source }) => isJudged(source)).length;
  if (expected === 0 || read !== expected) {
    console.error(`boundaries: ${read} modules were read, and there are ${expected} files`);
    return 1;
  }
  const report = run("depcruise-fmt", ["--output-type", "err", "-"], found);
  process.stdout.write(report);
  return report.includes("error ") ? 1 : 0;
}

/** The exit code is the number of violations, which is no reason to throw away what was printed. */
function run(program: string, args: readonly string[], input = ""): string {
  try {
    return execFileSync(join(programs, program), args, {
      cwd: shadow,
      input,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["pipe", "pipe", "inherit"],
    });
  } catch (error) {
    const { status, stdout } = error as { status: number | null; stdout: string };
    if (status === null || stdout === "") {
      throw error;
    }
    return stdout;
  }
}

function javaScriptOf(source: string, isOfPages: boolean): string {
  const named = source.replace(/^(import|export) type (?=[{*]|\w+ from )/gm, "$1 ");
  if (isOfPages) {
    // The bundler's own reading of markup. Style sheets and what the build makes are no modules.
    const { code } = transformSync("module.tsx", named, { typescript: { onlyRemoveTypeImports: true } });
    return code.replace(/^import .*"[^"]*\.css";$/gm, "").replace(/(?<="\.[^"\n]*)\.tsx?(?=")/g, ".js");
  }
  const inTypes = [...source.matchAll(/\bimport\(("[^"]+")\)/g)].map(([, specifier]) => `import ${specifier};\n`);
  return stripTypeScriptTypes(named, { mode: "transform" }) + inTypes.join("");
}
