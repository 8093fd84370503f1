import type { Bounds } from "../product.js";

export const introduction = ({ single, batch, callMs }: Bounds) => `# API

This page is made from the protos in \`proto/altalune/v1\` by \`npm run generate\`; edit those. The package is
\`altalune.v1\`. Every rpc is served on one port over Connect, gRPC and gRPC-Web, in JSON and in binary.

## How to call

An rpc is a POST of a JSON object to \`/altalune.v1.<Service>/<Rpc>\`. The examples on this page work as they stand, pasted one after
the other into one shell. They read the server and a root key from variables, and keep what later ones need:

\`\`\`bash
export ALTALUNE=http://127.0.0.1:8080
export ROOT_KEY=alt_root_…
\`\`\`

Every call carries one credential: \`Authorization: Bearer <root key>\`, or in its place the access token of a [user](users.md), or in a
browser the cookie of the user's session. Each rpc below names the scope that it takes, which a root key has or not (\`*\` covers all of them)
and a user by the role. What owners of keys call, [MyApiKeyService](#myapikeyservice), takes [credentials of theirs](self-service.md). A
call is checked in this order: is the credential good (\`unauthenticated\`), has it the scope
(\`permission_denied\`), is the request valid (\`invalid_argument\`), does it reach the project
(\`not_found\`, as if it were not there).

The JSON is that of protobuf. Names are in camelCase, and the names of the proto are understood too. Answers hold every
field, also one that is empty, 0 or false; messages (times and durations among them) and fields marked optional are left
out while they are not set. Times are RFC 3339 (\`2030-01-31T00:00:00Z\`), durations are seconds with an \`s\`
(\`3600s\`), field masks are names joined by commas (\`"name,scopes"\`), bytes are base64, and int64 is a string. A field or
a name of an enum that the contract does not have is refused (\`invalid_argument\`): a misspelt \`requiredScopes\` would be a
check that nobody makes. In binary, unknown fields are ignored, as protobuf has it.

What JSON would change on its way is refused: bytes that are not UTF-8, a day that no calendar has (\`2027-02-30\`), a
number in another notation than JSON's (\`"0x10"\`), an int64 beyond 2^53 that is given as a number, and in metadata a number that
a double does not hold as it is written (\`9007199254740993\`, \`1e-400\`): write it as a string. Times are kept to the
millisecond: a finer start or expiration is rounded down, a finer end of a span up. Metadata is nested at most 30 levels deep,
so that every client can read it back.

A message of at most ${single.bytes / 1024} KiB is read, with at most ${single.values} values in it; in BatchVerifyApiKeys ${batch.bytes / 1024 ** 2} MiB, with at most ${batch.values} values.
A value is a field that is set, an item of a list or a member of an object, however deep. A call ends after ${callMs / 1000} seconds at the latest, earlier if the client says so
(\`Connect-Timeout-Ms\`, \`grpc-timeout\`). The response header \`X-Request-Id\` names the call in the log and in the audit
trail; a client may set it.

When no answer comes, [sending-again.md](sending-again.md) says which calls may be sent again, and how: a create by its
\`request_id\`. By an \`etag\` a change is made only if nobody else came in between.

Every error has a code, a message for a person, and details. A denial by a rule carries \`google.rpc.ErrorInfo\` with a
\`reason\` (see [Errors](#errors)), the domain \`altalune\` and metadata. \`invalid_argument\` carries
\`buf.validate.Violations\`, which name fields and rules and never repeat a value. \`internal\` carries nothing but a request
id; the cause is in the log under it.`;
