import { type BearerShape, bearerShape } from "../../../domain/principal/credential-shape.js";
import { bearerToken } from "../bearer-token.js";
import type { CredentialResolver } from "./resolver.js";

interface Presented {
  readonly token: string;
  readonly shape: BearerShape;
}

/** What was read of the header, once a request: each kind that may stand in it asks. */
const presented = new WeakMap<Headers, Presented | null>();

/** Finds what stands in `Authorization: Bearer …`, if it has the looks of one kind. */
export function findBearer(shape: BearerShape): CredentialResolver["find"] {
  return ({ headers }) => {
    let found = presented.get(headers);
    if (found === undefined) {
      const token = bearerToken(headers.get("authorization"));
      found = token === undefined ? null : { token, shape: bearerShape(token) };
      presented.set(headers, found);
    }
    return found?.shape === shape ? found.token : undefined;
  };
}
