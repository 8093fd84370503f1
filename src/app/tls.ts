import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "./config.js";

/**
 * The certificate chain and private key that TLS_CERT and TLS_KEY hold, or lead to.
 *
 * @throws ConfigError when they cannot be read or do not belong together; it quotes neither
 */
export async function readTlsIdentity(
  given: NonNullable<Config["tls"]>,
): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = await Promise.all([read(given.certificate), read(given.key)]);
  const faults = [
    ...(typeof cert === "string" ? [] : [`TLS_CERT names a file that cannot be read: ${cert.code}`]),
    ...(typeof key === "string" ? [] : [`TLS_KEY names a file that cannot be read: ${key.code}`]),
  ];
  if (typeof cert !== "string" || typeof key !== "string") {
    throw new ConfigError(faults);
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { message } = error as Error;
    throw new ConfigError([`TLS_CERT and TLS_KEY must be a PEM certificate and its private key: ${message}`]);
  }
  return { cert, key };
}

/** What is no PEM is a path to one. An error's message would quote it. */
async function read(pemOrPath: string): Promise<string | NodeJS.ErrnoException> {
  return pemOrPath.startsWith("-----BEGIN ")
    ? pemOrPath
    : readFile(pemOrPath, "utf8").catch((error: NodeJS.ErrnoException) => error);
}
