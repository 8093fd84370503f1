/**
 * What the console costs: how soon the keys of a project with a hundred thousand are painted, what their pages cost along the list, what
 * a browser loads to sign in, and what a server's memory and the first start have of it.
 *
 * CHROMIUM names the browser, unless it is at /usr/bin/chromium. With BENCH_INSTALL=1, what is committed is cloned, installed and started, too.
 */
import { chromium } from "playwright-core";
import { benchDatabase } from "../lib/database.js";
import { commandLineCaller } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, median, met, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { withServices } from "../lib/with-services.js";
import { fillProject } from "../list/fill.js";
import { enter, type FirstPaint, openList, type PageTimes, pagesOf, signInBytes } from "./browser.js";
import { installAndStart } from "./install.js";
import { atRest } from "./memory.js";

const keys = Number(process.env["BENCH_KEYS"] ?? 100_000);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const opens = 20;
const walkedTimes = 3;
const places = [10, 100, 1_000];
const paintTargetMs = 300;
const memoryTarget = 15 * 2 ** 20;

await using database = await benchDatabase();
await using service = await startService(database.url, undefined, { withSetupLink: true });
const { databaseUrl, masterKey } = { databaseUrl: database.url, masterKey: service.masterKey };
const project = await withServices({ databaseUrl, masterKey }, async ({ projects }, db) => {
  const made = await projects.create(commandLineCaller, uncappedProject);
  await fillProject(db, made.id, keys);
  return made;
});

await using browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});
const bytes = await signInBytes(browser, service.url);
const page = await enter(browser, service.setupUrl ?? "");
const address = `${service.url}/console/projects/${project.publicId}`;
// The first has to load the scripts.
await openList(page, address);
const paints: FirstPaint[] = [];
for (let i = 0; i < opens; i++) {
  paints.push(await openList(page, address));
}
const walks: (readonly PageTimes[])[] = [];
for (let walk = 0; walk < walkedTimes; walk++) {
  await openList(page, address);
  walks.push(await pagesOf(page, places));
}
await browser.close();

const memory: Record<"on" | "off", { started: number[]; visited: number[] }> = {
  on: { started: [], visited: [] },
  off: { started: [], visited: [] },
};
for (let round = 0; round < rounds; round++) {
  for (const setting of round % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const)) {
    const { started, visited } = await atRest(databaseUrl, service, setting === "on");
    memory[setting].started.push(started);
    memory[setting].visited.push(visited);
  }
}
const more = median(memory.on.visited) - median(memory.off.visited);

const ms = (value: number) => `${value.toFixed(0)} ms`;
const kb = (value: number) => `${(value / 1000).toFixed(0)} KB`;
const mib = (value: number) => `${(value / 2 ** 20).toFixed(1)} MiB`;
const answers = paints.map(({ sinceAnswer }) => sinceAnswer);
process.stdout.write(`${machineFacts(database.server)}
${keys} keys in one project, pages of 50; Chromium ${browser.version()}, headless

the table of keys, opened by its address ${opens} times
${table(
  ["until it is painted", "median", "most"],
  [
    ["from its answer", ms(median(answers)), ms(Math.max(...answers))],
    [
      "from the address",
      ms(median(paints.map(({ sinceAddress }) => sinceAddress))),
      ms(Math.max(...paints.map(({ sinceAddress }) => sinceAddress))),
    ],
  ],
)}

a page of it, until it is painted: medians of ${walkedTimes} walks, each of the ten pages up to it
${table(
  ["page", "from the click", "from its answer"],
  places.map((place, at) => [
    String(place),
    ms(median(walks.map((walk) => walk[at]?.sinceClick ?? Number.NaN))),
    ms(median(walks.map((walk) => walk[at]?.sinceAnswer ?? Number.NaN))),
  ]),
)}

to sign in, a browser loads ${kb(bytes.scripts)} of scripts and ${kb(bytes.styles)} of styles, compressed

memory of a server at rest, medians of ${rounds} starts each
${table(
  ["console", "after the start", "after a visit"],
  (["on", "off"] as const).map((setting) => [
    setting,
    mib(median(memory[setting].started)),
    mib(median(memory[setting].visited)),
  ]),
)}

${met(Math.max(...answers) <= paintTargetMs)}  painted at most ${paintTargetMs} ms after the answer
${met(more <= memoryTarget)}  at most ${mib(memoryTarget)} of memory more with the console: ${mib(more)}
`);

if (process.env["BENCH_INSTALL"] === "1") {
  const installs = { "are built": await installAndStart(true), "are left out": await installAndStart(false) };
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  process.stdout.write(`
of a fresh clone
${table(
  ["pages", "npm ci", "npm start until ready"],
  Object.entries(installs).map(([pages, { install, start }]) => [pages, seconds(install), seconds(start)]),
)}
`);
}
