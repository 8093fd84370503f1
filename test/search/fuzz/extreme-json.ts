import { maxMessageBytes } from "../../../src/server/call/message-bounds.js";
import type { Bodies, Body, Valid } from "./extreme-bodies.js";

const deep = 10_000;

export const jsonBodies: Bodies = {
  "arrays nested 10,000 deep": () => json("[".repeat(deep) + "]".repeat(deep)),
  "arrays that never close": () => json("[".repeat(maxMessageBytes - 1)),
  "objects nested 10,000 deep": () => json(nestedObject(deep)),
  "a field nested 10,000 deep": (valid) => withFirst(valid, "[".repeat(deep) + "]".repeat(deep)),
  "free-form JSON nested 10,000 deep": (valid) => withMember(valid, "metadata", nestedObject(deep)),
  "free-form JSON nested 90 deep": (valid) => withMember(valid, "metadata", nestedObject(90)),
  "free-form lists nested 4,000 deep": (valid) =>
    withMember(valid, "metadata", `{"a":${"[".repeat(4_000)}${"]".repeat(4_000)}}`),
  "a text almost as long as the limit": (valid) => withFirst(valid, `"${"a".repeat(maxMessageBytes - 2_000)}"`),
  "a text that looks like secrets all over": (valid) => withFirst(valid, `"${`_${"a".repeat(49)}`.repeat(5_000)}"`),
  "twenty thousand members": () => json(`{${Array.from({ length: 20_000 }, (_, i) => `"a${i}":0`).join(",")}}`),
  "a hundred thousand times the same member": () => json(`{${'"a":0,'.repeat(100_000)}"a":0}`),
  "a list of two hundred thousand": (valid) => withFirst(valid, `[${"0,".repeat(200_000)}0]`),
  "a number of a hundred thousand digits": (valid) => withFirst(valid, "9".repeat(100_000)),
  "one byte more than the limit": () => json(" ".repeat(maxMessageBytes + 1)),
  "a member that is given twice": (valid) => withMore(valid, '"projectId":"a","projectId":"b"'),
  "both names of a field": (valid) => withMore(valid, '"project_id":"22222222222222"'),
  "a prototype": (valid) => withMore(valid, '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}'),
  "filters of a prototype's name": (valid) => withMember(valid, "query", '{"filters":{"__proto__":{"values":["a"]}}}'),
  "a byte order mark": ({ request }) => json(`\ufeff${JSON.stringify(request)}`),
  "UTF-16": ({ request }) => json(Buffer.from(JSON.stringify(request), "utf16le")),
  "bad UTF-8": () => json(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d])),
  "lone surrogates": (valid) => withMore(valid, '"\\ud800":"\\udfff"'),
  "a lone surrogate in a field": (valid) => withFirst(valid, '"\\ud800"'),
  "a NUL in a field": (valid) => withFirst(valid, '"\\u0000"'),
  "NaN where JSON knows none": (valid) => withFirst(valid, "NaN"),
  nothing: () => json(""),
  "white space": () => json(" \r\n\t"),
  "a NUL": () => json("\0"),
  "JSON with more behind it": ({ request }) => json(JSON.stringify(request).repeat(2)),
  "JSON with comments": ({ request }) => json(`/* */ ${JSON.stringify(request)} // `),
  "no content type": ({ request }) => ({ bytes: JSON.stringify(request), headers: { "content-type": "" } }),
  "a form": () => ({ bytes: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }),
  "a charset that is none": ({ request }) => ({
    bytes: JSON.stringify(request),
    headers: { "content-type": "application/json; charset=utf-7" },
  }),
};

function json(bytes: string | Uint8Array): Body {
  return { bytes, headers: { "content-type": "application/json" } };
}

function withMember({ request }: Valid, name: string, value: string): Body {
  const { [name]: _replaced, ...others } = request;
  const text = JSON.stringify(others);
  return json(`${text.slice(0, -1)}${text === "{}" ? "" : ","}"${name}":${value}}`);
}

/** In the place of the message's first field, whatever its type. */
function withFirst(valid: Valid, value: string): Body {
  return withMember(valid, valid.input.fields[0]?.jsonName ?? "none", value);
}

function withMore({ request }: Valid, members: string): Body {
  const text = JSON.stringify(request);
  return json(text === "{}" ? `{${members}}` : text.replace("{", `{${members},`));
}

function nestedObject(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}
