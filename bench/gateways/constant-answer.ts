import { create, toBinary } from "@bufbuild/protobuf";
import { CheckResponseSchema } from "../lib/product.js";
import { grantedScopes } from "../verify/granted.js";

/** An answer as long as one of Altalune's that lets pass. */
export const constantAnswer = create(CheckResponseSchema, {
  status: { code: 0 },
  httpResponse: {
    case: "okResponse",
    value: {
      headers: ["project-id", "key-id", "key-name", "owner-id", "scopes", "tier"].map((name) => ({
        header: { key: `X-Altalune-${name}`, value: "kkkkkkkkkkkk42" },
        appendAction: 2,
        keepEmptyValue: true,
      })),
      headersToRemove: ["x-api-key"],
    },
  },
  dynamicMetadata: {
    altalune: {
      project_id: "kkkkkkkkkkkkk0",
      key_id: "kkkkkkkkkkkk42",
      key_name: "key kkkkkkkkkkkk42",
      owner_id: "owner kkkkkkkkkkkk42",
      scopes: grantedScopes,
      tier: "",
      limits: [],
    },
  },
});

/** The same as a message of gRPC. */
export function constantFrame(): Buffer {
  const message = toBinary(CheckResponseSchema, constantAnswer);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
