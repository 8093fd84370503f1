import type { GatewayProgram } from "./gateway.js";

/** Every gateway that we have an example for and tests can run; Envoy asks in two ways. */
export const programs: readonly GatewayProgram[] = [
  {
    name: "nginx",
    args: ["-p", ".", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid nginx.pid;"],
    // Debian's are in /var, where not everybody may write.
    adapt: (text) =>
      text.replace(
        "http {",
        `http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind}_temp;`).join(" ")}`,
      ),
  },
  envoy("grpc.yaml"),
  envoy("http.yaml"),
  { name: "caddy", args: ["run", "--config", "Caddyfile", "--adapter", "caddyfile"] },
  haproxy(),
];

export function envoy(
  file: "grpc.yaml" | "http.yaml",
  adapt: GatewayProgram["adapt"] = (text) => text,
): GatewayProgram {
  return { name: "envoy", args: ["-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "error"], adapt };
}

export function haproxy(adapt: GatewayProgram["adapt"] = (text) => text): GatewayProgram {
  return { name: "haproxy", args: ["-f", "haproxy.cfg"], adapt };
}

export function titleOf({ name, args }: GatewayProgram): string {
  return name === "envoy" ? `Envoy by ${args[1]}` : name;
}
