import type { DescField, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { type HttpRequest, pathOf } from "../../http/http.js";

/** What an answer has beside its body. */
interface Success {
  readonly status: 200 | 201;
  readonly headers: Readonly<Record<string, string>>;
}

/** A creation says where the new thing is; what has an etag comes with it. */
export function successOf(method: DescMethodUnary, request: HttpRequest, answer: Message): Success {
  const field = thingField(method);
  const thing = field && Reflect.get(answer, field.localName);
  const { id, etag } = (thing ?? {}) as { readonly id?: string; readonly etag?: string };
  const headers = { ...(etag && { etag: `"${etag}"` }) };
  return isCreation(method) && id !== undefined
    ? { status: 201, headers: { ...headers, location: `${pathOf(request)}/${id}` } }
    : { status: 200, headers };
}

/** Whether the rpc makes a thing, which is then at an `id` below the path that it was made at. */
export function isCreation(method: DescMethodUnary): boolean {
  return method.localName.startsWith("create") && hasField(method, "id");
}

/** Whether what is answered has an etag, which the header `ETag` says too. */
export function answersEtag(method: DescMethodUnary): boolean {
  return hasField(method, "etag");
}

/** The field of an answer that holds what the rpc is about; undefined: it is about no one thing. */
export function thingField({ output }: DescMethodUnary): (DescField & { readonly fieldKind: "message" }) | undefined {
  const [first] = output.fields;
  return first?.fieldKind === "message" ? first : undefined;
}

function hasField(method: DescMethodUnary, name: string): boolean {
  return thingField(method)?.message.fields.some((field) => field.name === name) ?? false;
}
