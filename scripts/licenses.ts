import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licences of the packages that these modules are from: where the bundle goes, their texts go with it. */
export function bundledLicenses(modules: readonly string[]): string {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined));
  return [...folders]
    .map(licenseOf)
    .sort()
    .join(`\n${"-".repeat(80)}\n\n`);
}

function packageFolder(module: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(module)?.[0];
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = globSync("{licen[cs]e,LICEN[CS]E,notice,NOTICE}*", { cwd: folder }).sort();
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${version}, ${license}\n\n${texts.map((text) => `${text}\n`).join("\n")}`;
}
