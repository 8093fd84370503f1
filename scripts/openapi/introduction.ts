import type { Bounds } from "../product.js";

export const introduction = ({
  single,
  batch,
  callMs,
}: Bounds) => `Every rpc of Altalune by a route of its own, in JSON, and the routes that are no rpcs: of people who sign in, of owners' keys, and of GraphQL. This
document is made from the protos, and of what those routes check.

- A request has one credential. Where nothing else is said it is a root key, or a user: by an access token, or in a browser by the cookie of a session.
  Each operation names the scope that it takes.

- What is said next is of \`/v1/…\`; the other routes are in snake_case. Names are in camelCase, and the names of the proto (\`owner_id\`) are understood too. A name that a request does not have is refused, in a
  body as in a query. A member that is null is one that is not set; in a PATCH it clears what is there.
- Answers hold every field, also one that is empty, 0 or false; those that are not required here are left out while they are not set.
- Times are RFC 3339, durations are seconds with an \`s\` (\`3600s\`), bytes are base64, and integers of 64 bits are strings.
- HEAD answers as GET without a body, and OPTIONS names a path's methods in \`Allow\`. Another method is refused by 405, with \`Allow\`
  too, and a path that there is none of by 404.
- Every refusal but 431, and those of GraphQL, is \`application/problem+json\`. Programs go by its \`status\` and \`reason\`.
- A body is at most ${single.bytes / 1024} KiB and holds at most ${single.values} values; that of \`:batchVerify\` ${batch.bytes / 1024 ** 2} MiB and ${batch.values} values. A
  call ends after ${callMs / 1000} seconds at the latest.
- \`X-Request-Id\` may be set with each request: at most 64 letters, digits, \`.\`, \`_\` and \`-\`.`;
