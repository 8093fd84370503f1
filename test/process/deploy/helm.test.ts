import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, type TestContext, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { environment } from "../../../src/app/config.js";
import { filledOnce } from "../../support/filled-once.js";
import { needTool } from "../../support/tools.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";

const run = promisify(execFile);
const chart = "deploy/helm/altalune";
const values = ["least", "all"] as const;

describe("the Helm chart", () => {
  test.for(values)("lints without a warning, with the %s values", async (name, { skip }) => {
    const { stdout } = await run(needTool(skip, "helm"), ["lint", "--strict", chart, "--values", valuesFile(name)]);
    expect(stdout).toContain("0 chart(s) failed");
  });

  test("has this version of Altalune", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(parse(readFileSync(`${chart}/Chart.yaml`, "utf8"))).toMatchObject({ version, appVersion: version });
  });

  test("needs two secrets, and makes of them what one replica needs", async ({ skip }) => {
    const made = await template(skip, "least");
    expect(Object.keys(made).sort()).toEqual(["Deployment", "Service", "ServiceAccount"]);
    const { env } = containerOf(made);
    expect(env.map(({ name }) => name)).toEqual(["ALTALUNE_MASTER_KEY_FILE", "DATABASE_URL_FILE"]);
  });

  test("makes everything that it knows, by variables that Altalune reads and secrets in files alone", async ({
    skip,
  }) => {
    const made = await template(skip, "all");
    expect(Object.keys(made).sort()).toEqual([
      "Deployment",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Service",
      "ServiceAccount",
      "ServiceMonitor",
    ]);
    const { env } = containerOf(made);
    const read = Object.keys(environment.shape).flatMap((name) => [name, `${name}_FILE`]);
    expect(env.map(({ name }) => name).filter((name) => !read.includes(name))).toEqual([]);
    expect(env.filter(({ valueFrom }) => valueFrom !== undefined)).toEqual([]);
    expect(made["NetworkPolicy"]?.spec.ingress).toHaveLength(2);
  });

  test.for(values)(
    "lets a pod do nothing but serve, and asks it where it answers, with the %s values",
    async (name, { skip }) => {
      const made = await template(skip, name);
      const { securityContext, automountServiceAccountToken } = podOf(made);
      const container = containerOf(made);
      expect(automountServiceAccountToken).toBe(false);
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.livenessProbe.httpGet.path).toBe("/healthz");
      expect(container.readinessProbe.httpGet.path).toBe("/readyz");
    },
  );

  test("refuses what would not start, and secrets where anybody reads them", async ({ skip }) => {
    const set = (...settings: readonly string[]) => template(skip, "least", settings);
    await expect(set("secrets.masterKey.name=")).rejects.toThrow("set secrets.masterKey.name to the name of a secret");
    await expect(set("config.ALTALUNE_MASTER_KEY=x")).rejects.toThrow("ALTALUNE_MASTER_KEY");
    await expect(set("gateway.enabled=true")).rejects.toThrow("gateway.rootKeyId must be set");
    await expect(set("replicas=3")).rejects.toThrow("replicas");
  });

  test("makes what Kubernetes takes, without a field that it does not know", async ({ skip }) => {
    const python = needTool(skip, "python3");
    needTool(skip, "pip3");
    provenOnlyIf(skip, everythingMustRun, {
      what: "that Kubernetes takes what the chart makes",
      why: "its schemas are fetched for that",
      remedy: "run with CI=true",
    });
    const validator = "kubernetes-validate==1.37.0";
    const packages = await filledOnce(validator, (folder) =>
      run(python, ["-m", "pip", "install", "--quiet", "--no-compile", "--target", folder, validator]),
    );
    for (const name of values) {
      const { ServiceMonitor: _ofAnOperator, ...made } = await template(skip, name);
      const file = join(inject("scratchDir"), `${name}.yaml`);
      await writeFile(
        file,
        Object.values(made)
          .map((resource) => JSON.stringify(resource))
          .join("\n---\n"),
      );
      await run(python, ["-m", "kubernetes_validate", "--strict", file], {
        env: { ...process.env, PYTHONPATH: packages },
      });
    }
  });
});

/** Of what Kubernetes takes, what is looked at here. */
interface Resource {
  readonly kind: string;
  readonly spec: { readonly template?: { readonly spec: Pod }; readonly ingress?: readonly object[] };
}

interface Pod {
  readonly securityContext: object;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly Container[];
}

interface Container {
  readonly env: readonly { readonly name: string; readonly valueFrom?: object }[];
  readonly securityContext: object;
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
}

/** What the chart makes, by kind; of several of a kind the first. */
async function template(
  skip: TestContext["skip"],
  name: (typeof values)[number],
  settings: readonly string[] = [],
): Promise<Readonly<Record<string, Resource>>> {
  const set = settings.flatMap((setting) => ["--set", setting]);
  const args = ["template", "x", chart, "--kube-version=1.32", "--values", valuesFile(name), ...set];
  const { stdout } = await run(needTool(skip, "helm"), args);
  const made = parseAllDocuments(stdout).map((document): Resource => document.toJS());
  return Object.fromEntries(made.toReversed().map((resource) => [resource.kind, resource]));
}

function podOf(made: Readonly<Record<string, Resource>>): Pod {
  const pod = made["Deployment"]?.spec.template?.spec;
  if (pod === undefined) {
    throw new Error("the chart makes no pod");
  }
  return pod;
}

function containerOf(made: Readonly<Record<string, Resource>>): Container {
  const [container, ...others] = podOf(made).containers;
  if (container === undefined || others.length > 0) {
    throw new Error("the chart's pod does not have one container");
  }
  return container;
}

function valuesFile(name: string): string {
  return `${chart}/ci/${name}-values.yaml`;
}
