import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { needTool } from "../../support/tools.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";
import { ownDatabase } from "../cli/databases.js";
import { buildImage, type Images } from "./images.js";

const isProven = everythingMustRun && process.getuid?.() === 0;

describe("the image of deploy/Dockerfile", () => {
  let images: Images;
  beforeAll(async () => {
    if (isProven) {
      images = await buildImage();
    }
  }, 600_000);
  afterAll(() => images?.remove());

  test("serves as nobody in particular on a read-only file system, says when it is ready, and ends on SIGTERM", async ({
    skip,
  }) => {
    needTool(skip, "podman");
    needTool(skip, "buildah");
    needTool(skip, "runc");
    provenOnlyIf(skip, isProven, {
      what: "the container image",
      why: "building it installs everything anew, and running it takes root",
      remedy: "run as root with CI=true",
    });
    const size = Number(await images.podman("image", "inspect", "altalune", "--format", "{{.Size}}"));
    console.log(`the image has ${Math.round(size / 1e6)} MB`);
    expect(size).toBeLessThan(200e6);
    const { DATABASE_URL, ALTALUNE_MASTER_KEY = "" } = await ownDatabase();
    const secrets = await mkdtemp(join(inject("scratchDir"), "secrets-"));
    await chmod(secrets, 0o755);
    await writeFile(join(secrets, "database-url"), DATABASE_URL, { mode: 0o444 });
    await writeFile(join(secrets, "master-key"), ALTALUNE_MASTER_KEY, { mode: 0o444 });
    const port = await freePort();
    await images.podman(
      "run",
      "--detach",
      "--name=altalune",
      "--network=host",
      "--read-only",
      "--read-only-tmpfs=false",
      "--cap-drop=all",
      "--security-opt=no-new-privileges",
      // A timer of systemd would ask; the test asks itself.
      "--no-healthcheck",
      "--ulimit=nofile=4096:4096",
      "--ulimit=nproc=4096:4096",
      `--volume=${secrets}:/run/secrets:ro`,
      "--env=HOST=127.0.0.1",
      `--env=PORT=${port}`,
      "--env=DATABASE_URL_FILE=/run/secrets/database-url",
      "--env=ALTALUNE_MASTER_KEY_FILE=/run/secrets/master-key",
      "altalune",
    );
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(isReady).toBe(200);
    for (const page of ["/openapi.json", "/docs", "/docs/viewer.js"]) {
      expect((await fetch(`http://127.0.0.1:${port}${page}`)).status).toBe(200);
    }
    expect(await images.podman("logs", "altalune")).toContain("alt_root_");
    const inside = (...script: readonly string[]) =>
      images.podman("exec", "altalune", "/usr/local/bin/node", ...script);
    const [healthcheck = ""] = JSON.parse(
      await images.podman("image", "inspect", "altalune", "--format", "{{json .HealthCheck.Test}}"),
    ).slice(-1);
    expect(healthcheck).toBe("/altalune/healthcheck.mjs");
    expect(await inside(healthcheck)).toBe("status 200");
    expect(JSON.parse(await inside("--eval", whoAndWhere))).toEqual({
      uid: 65532,
      written: [],
      shell: false,
      pid1: "/usr/local/bin/node",
    });
    const begun = performance.now();
    await images.podman("stop", "--time=10", "altalune");
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await images.podman("inspect", "altalune", "--format", "{{.State.ExitCode}}")).toBe("0");
  });
});

/** Run inside: who it is, where it can write, and whether there is a shell. */
const whoAndWhere = `
  const fs = require("node:fs");
  const written = ["/", "/altalune/", "/altalune/dist/", "/tmp/", "/run/"].filter((folder) => {
    try { fs.writeFileSync(folder + "x", ""); return true; } catch { return false; }
  });
  const [pid1] = fs.readFileSync("/proc/1/cmdline", "utf8").split("\\0");
  console.log(JSON.stringify({ uid: process.getuid(), written, shell: fs.existsSync("/bin/sh"), pid1 }));
`;
