import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "./config.js";

/**
 * The certificate chain and private key that TLS_CERT and TLS_KEY lead to.
 *
 * @throws ConfigError when they cannot be read or do not belong together; it quotes neither
 */
export async function readTlsIdentity({
  certificatePath,
  keyPath,
}: NonNullable<Config["tls"]>): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = await Promise.all([read(certificatePath), read(keyPath)]);
  const faults = [
    ...(typeof cert === "string" ? [] : [`TLS_CERT cannot be read: ${cert.message}`]),
    ...(typeof key === "string" ? [] : [`TLS_KEY cannot be read: ${key.message}`]),
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

async function read(path: string): Promise<string | Error> {
  return readFile(path, "utf8").catch((error: Error) => error);
}
