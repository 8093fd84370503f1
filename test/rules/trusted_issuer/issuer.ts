import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** One who signs tokens, and shows its keys at a URL of its own. */
export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly asked: () => number;
  /** Answers in another way from now on; undefined: as it should. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Takes another key, under this name; its old ones are shown no more. */
  turn(kid: string): Promise<void>;
  readonly keys: () => readonly JWK[];
  readonly privateKey: () => CryptoKey;
  token(claims?: JWTPayload, header?: { readonly kid?: string; readonly typ?: string }): Promise<string>;
}

export const issuerName = "https://login.example.com";
export const audience = "orders";

export async function startIssuer(): Promise<Issuer> {
  let key: { privateKey: CryptoKey; publicKey: CryptoKey };
  let keys: JWK[] = [];
  let name = "first";
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    if (issuer.answer !== undefined) {
      issuer.answer(request, response);
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const turn = async (kid: string) => {
    key = await generateKeyPair("RS256", { extractable: true });
    keys = [{ ...(await exportJWK(key.publicKey)), kid, alg: "RS256", use: "sig" }];
    name = kid;
  };
  await turn(name);
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    asked: () => asked,
    answer: undefined,
    turn,
    keys: () => keys,
    privateKey: () => key.privateKey,
    token: (claims = {}, header = {}) =>
      new SignJWT({ iss: issuerName, aud: audience, sub: "alice", exp: Math.floor(Date.now() / 1000) + 300, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: name, ...header })
        .sign(key.privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return issuer;
}
