import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A pair by which reports are signed as GitHub signs them. */
export interface SigningPair {
  readonly identifier: string;
  readonly privateKey: KeyObject;
  /** As GitHub shows it. */
  readonly shown: { readonly key_identifier: string; readonly key: string; readonly is_current: boolean };
}

export function newPair(namedCurve = "P-256"): SigningPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
  const key = publicKey.export({ type: "spki", format: "pem" }).toString();
  const identifier = createHash("sha256").update(key).digest("hex");
  return { identifier, privateKey, shown: { key_identifier: identifier, key, is_current: true } };
}

/** What GitHub answers where its keys are. */
export function keysAnswer(...pairs: readonly SigningPair[]): string {
  return JSON.stringify({ public_keys: pairs.map(({ shown }) => shown) });
}

export function signed({ identifier, privateKey }: SigningPair, body: string | Buffer): Record<string, string> {
  return {
    "content-type": "application/json",
    "github-public-key-identifier": identifier,
    "github-public-key-signature": sign("sha256", Buffer.from(body), privateKey).toString("base64"),
  };
}

/** Shows keys, as GitHub does, at a URL of its own. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  pairs: readonly SigningPair[];
  /** How often its keys were asked for. */
  readonly asked: () => number;
}

export async function startKeyServer(...pairs: readonly SigningPair[]): Promise<KeyServer> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end(keysAnswer(...shown.pairs));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const shown: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/meta/public_keys/secret_scanning`,
    pairs,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return shown;
}
