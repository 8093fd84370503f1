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
const kindOfAnOperator = "ServiceMonitor";

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
    expect(Object.keys(made).sort()).toEqual([
      "Deployment/x-altalune",
      "Service/x-altalune",
      "ServiceAccount/x-altalune",
    ]);
    const { env } = containerOf(made);
    expect(env.map(({ name }) => name)).toEqual(["ALTALUNE_MASTER_KEY_FILE", "DATABASE_URL_FILE"]);
  });

  test("makes everything that it knows, by variables that Altalune reads and secrets in files alone", async ({
    skip,
  }) => {
    const made = await template(skip, "all");
    expect(Object.keys(made).sort()).toEqual([
      "Deployment/x-altalune",
      "NetworkPolicy/x-altalune",
      "PodDisruptionBudget/x-altalune",
      "Service/x-altalune",
      "Service/x-altalune-gateway",
      "ServiceAccount/x-altalune",
      "ServiceMonitor/x-altalune",
    ]);
    const { env } = containerOf(made);
    const read = Object.keys(environment.shape).flatMap((name) => [name, `${name}_FILE`]);
    expect(env.map(({ name }) => name).filter((name) => !read.includes(name))).toEqual([]);
    expect(env.filter(({ valueFrom }) => valueFrom !== undefined)).toEqual([]);
    expect(made["NetworkPolicy/x-altalune"]?.spec.ingress).toHaveLength(2);
  });

  test("reaches the listener for gateways inside the cluster alone, however the other is reached", async ({ skip }) => {
    const made = await template(skip, "all");
    expect(containerOf(made).ports).toContainEqual({ name: "gateway", containerPort: 8081 });
    expect(made["Service/x-altalune"]?.spec).toMatchObject({
      type: "LoadBalancer",
      ports: [{ name: "http", port: 443, targetPort: "http" }],
    });
    expect(made["Service/x-altalune-gateway"]?.spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "gateway", port: 8081, targetPort: "gateway" }],
    });
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
      const made = Object.values(await template(skip, name));
      const file = join(inject("scratchDir"), `${name}.yaml`);
      await writeFile(
        file,
        made
          .filter(({ kind }) => kind !== kindOfAnOperator)
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
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template?: { readonly spec: Pod }; readonly ingress?: readonly object[] };
}

interface Pod {
  readonly securityContext: object;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly Container[];
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly valueFrom?: object }[];
  readonly securityContext: object;
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
}

/** What the chart makes, by kind and name. */
async function template(
  skip: TestContext["skip"],
  name: (typeof values)[number],
  settings: readonly string[] = [],
): Promise<Readonly<Record<string, Resource>>> {
  const set = settings.flatMap((setting) => ["--set", setting]);
  const args = ["template", "x", chart, "--kube-version=1.32", "--values", valuesFile(name), ...set];
  const { stdout } = await run(needTool(skip, "helm"), args);
  const made = parseAllDocuments(stdout).map((document): Resource => document.toJS());
  return Object.fromEntries(made.map((resource) => [`${resource.kind}/${resource.metadata.name}`, resource]));
}

function podOf(made: Readonly<Record<string, Resource>>): Pod {
  const pod = made["Deployment/x-altalune"]?.spec.template?.spec;
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
