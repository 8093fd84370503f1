import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject } from "vitest";
import { servedRpc } from "../../../src/server/call/call-log.js";
import { extAuthzName } from "../../../src/server/faces/ext-authz/ext-authz.js";
import { forwardAuthName } from "../../../src/server/faces/forward-auth/forward-auth.js";
import { everyRpc } from "../../rules/authority/every-rpc.js";
import { test } from "../../support/shared-instance.js";
import { needTool } from "../../support/tools.js";

const run = promisify(execFile);
const alerts = readFileSync("deploy/prometheus/alerts.yaml", "utf8");
const dashboard = JSON.parse(readFileSync("deploy/grafana/altalune.json", "utf8"));

describe("the alert rules", () => {
  test("are rules, and each fires when it should and not before", async ({ skip }) => {
    const promtool = needTool(skip, "promtool");
    const checked = await run(promtool, ["check", "rules", "deploy/prometheus/alerts.yaml"]);
    expect(checked.stdout).toContain(`${namesOf(alerts).length} rules found`);
    const { stdout } = await run(promtool, ["test", "rules", "deploy/prometheus/alerts.test.yaml"]);
    expect(stdout).toContain("SUCCESS");
  });

  test("are all tested, firing and silent", () => {
    const tests = readFileSync("deploy/prometheus/alerts.test.yaml", "utf8");
    for (const name of namesOf(alerts)) {
      expect(tests).toContain(`- alertname: ${name}\n`);
      expect(tests).toContain(`- { alertname: ${name}, `);
    }
  });
});

describe("what is watched", () => {
  test("is exposed by a running service, by the same names", async ({ instance }) => {
    const exposed = await (await fetch(`${instance.url}/metrics`)).text();
    const known = new Set(
      [...exposed.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name, type]) => series(name, type)),
    );
    const watched = new Set([...metricsIn(alerts), ...panelQueries().flatMap(metricsIn)]);
    expect(watched.size).toBeGreaterThan(15);
    expect([...watched].filter((name) => !known.has(name))).toEqual([]);
    for (const reason of ["verification", "changes"]) {
      expect(exposed).toContain(`altalune_ready{for="${reason}"}`);
    }
  });

  test("is what docs/operations.md lists, all of it", () => {
    const page = readFileSync("docs/operations.md", "utf8");
    const cells = [...page.matchAll(/^\| (`altalune_.*?) \|/gm)].map(([, cell]) => cell ?? "");
    const listed = cells.flatMap((cell) => cell.match(/altalune_\w+/g) ?? []);
    const shown = new Set([...metricsIn(alerts), ...panelQueries().flatMap(metricsIn)].map(withoutSuffix));
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((name) => !shown.has(withoutSuffix(name)))).toEqual([]);
  });

  test("of verifications is every one of them, and no other call", () => {
    const rpcs = everyRpc.map(({ parent, name }) => servedRpc(parent.typeName, name));
    const gateways = [forwardAuthName, extAuthzName].map((method) => ({ method, isVerification: true }));
    const methods = [...rpcs, ...gateways].map(({ method, isVerification }) => ({ method, isVerification }));
    const selectors = [alertQuery("AltaluneVerifiesSlowly"), ...panelQueries()].flatMap(methodSelectorsIn);
    // Of the alert, of three lines in the panel of how long verifications take, and of the panel without them.
    expect(selectors).toHaveLength(5);
    for (const selector of selectors) {
      const taken = methods.map(({ method }) => ({ method, isVerification: selector.test(method) }));
      expect(taken, selector.source).toEqual(methods);
    }
  });

  test("is asked for in queries that Prometheus can read", async ({ skip }) => {
    const promtool = needTool(skip, "promtool");
    const rules = panelQueries().map((query, i) => ({ record: `panel:${i}`, expr: asGrafanaSends(query) }));
    const file = join(inject("scratchDir"), "panels.yaml");
    await writeFile(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    const { stdout } = await run(promtool, ["check", "rules", file]);
    expect(stdout).toContain(`${rules.length} rules found`);
  });
});

function namesOf(rules: string): readonly string[] {
  return [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
}

function alertQuery(name: string): string {
  return alerts.split("- alert: ").find((rule) => rule.startsWith(`${name}\n`)) ?? "";
}

/** Prometheus matches the whole of a label. */
function methodSelectorsIn(query: string): readonly RegExp[] {
  return [...query.matchAll(/\bmethod[=!]~"([^"]*)"/g)].map(([, pattern]) => new RegExp(`^(?:${pattern})$`));
}

function panelQueries(): readonly string[] {
  return dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }: { readonly expr: string }) => expr));
}

/** With values in the places of the dashboard's variables. */
function asGrafanaSends(query: string): string {
  return query.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*").replaceAll("$job", "altalune");
}

function metricsIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:altalune|process|nodejs)_[a-z0-9_]+(?=[ {[)]|$)/gm)].map(([name]) => name);
}

function series(name = "", type = ""): readonly string[] {
  return type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name];
}

function withoutSuffix(name: string): string {
  return name.replace(/_bucket$/, "");
}
