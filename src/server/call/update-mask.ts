import { type DescField, type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type FieldMask, FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Interceptor } from "@connectrpc/connect";
import { invalidArgument } from "../errors/violations.js";

/**
 * Clears the fields that a request's update mask does not name, so that only named ones are validated and changed. A
 * request without a mask, or with an empty one, stays as it is.
 */
export const updateMask: Interceptor = (next) => async (request) => {
  if (!request.stream) {
    applyUpdateMask(request.method.input, request.message);
  }
  return await next(request);
};

/** @throws {ConnectError} `invalid_argument` for a path that the mask's own rule in the proto does not list */
export function applyUpdateMask(input: DescMessage, message: Message): void {
  const rule = maskRule(input);
  const mask = rule === undefined ? undefined : (Reflect.get(message, rule.mask.localName) as FieldMask | undefined);
  if (rule === undefined || mask === undefined || mask.paths.length === 0) {
    return;
  }
  const allowed = rule.maskable.map((field) => field.name);
  if (!mask.paths.every((path) => allowed.includes(path))) {
    const sentence = `must name none but ${allowed.join(", ")}`;
    throw invalidArgument([{ path: [rule.mask], rule: sentence, ruleId: "field_mask.in" }]);
  }
  // A mask that repeats itself a hundred thousand times says no more, and would take seconds to validate.
  mask.paths = [...new Set(mask.paths)];
  const reflected = reflect(input, message);
  for (const field of rule.maskable) {
    if (!mask.paths.includes(field.name)) {
      reflected.clear(field);
    }
  }
}

export interface MaskRule {
  readonly mask: DescField;
  /** The fields that the mask may name; the others, such as ids, are not its business. */
  readonly maskable: readonly DescField[];
}

const maskRules = new WeakMap<DescMessage, MaskRule | undefined>();

/** Undefined: requests of this kind have no update mask. */
export function maskRule(input: DescMessage): MaskRule | undefined {
  if (!maskRules.has(input)) {
    maskRules.set(input, findMaskRule(input));
  }
  return maskRules.get(input);
}

function findMaskRule(input: DescMessage): MaskRule | undefined {
  const mask = input.fields.find(
    (field) => field.fieldKind === "message" && field.message.typeName === FieldMaskSchema.typeName,
  );
  if (mask === undefined || !hasOption(mask, fieldRules)) {
    return undefined;
  }
  const { type } = getOption(mask, fieldRules);
  if (type.case !== "fieldMask") {
    return undefined;
  }
  const names = type.value.in;
  return { mask, maskable: input.fields.filter((field) => names.includes(field.name)) };
}
