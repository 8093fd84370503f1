import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Images and containers in a place of their own. */
export interface Images {
  podman(...args: readonly string[]): Promise<string>;
  /** Takes everything away again. */
  remove(): Promise<void>;
}

/** Builds `altalune` by deploy/Dockerfile, on base images that are made of this machine's Debian. */
export async function buildImage(): Promise<Images> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-images-"));
  const storage = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--storage-driver=overlay"];
  const run = (command: string) => async (args: readonly string[]) =>
    (await promisify(execFile)(command, args, { maxBuffer: 2 ** 24 })).stdout.trim();
  const [buildah, podman] = [run("buildah"), run("podman")];
  const images: Images = {
    podman: (...args) => podman([...storage, "--runtime=runc", ...args]),
    async remove() {
      await podman([...storage, "rm", "--all", "--force"]);
      await buildah([...storage, "rm", "--all"]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  const cache = join(homedir(), ".npm");
  try {
    await mkdir(cache, { recursive: true });
    await run("test/process/deploy/base-images.sh")(storage);
    await buildah([
      ...storage,
      "build",
      "--quiet",
      "--file=deploy/Dockerfile",
      "--tag=altalune",
      "--build-arg=BUILD=localhost/altalune-base-build",
      "--build-arg=BASE=localhost/altalune-base-run",
      // What Docker has and OCI's own format has not: HEALTHCHECK.
      "--format=docker",
      // Its steps see this machine's network and npm's cache, as they would at home, and need no bridge for it.
      "--isolation=chroot",
      "--network=host",
      "--volume=/etc/ssl/certs:/etc/ssl/certs:ro",
      `--volume=${cache}:/root/.npm`,
      ".",
    ]);
    return images;
  } catch (error) {
    await images.remove();
    throw error;
  }
}
