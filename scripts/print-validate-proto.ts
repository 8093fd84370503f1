/**
 * Prints buf/validate/validate.proto from the descriptor that `@bufbuild/protovalidate` carries, so that `buf` can
 * resolve the import without the schema registry. Only what other files can refer to is printed (messages, fields,
 * extensions): the rules' own CEL expressions are options, and at run time they come from the package.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
} from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const outputDirectory = process.argv[2];
if (outputDirectory === undefined) {
  throw new Error("usage: print-validate-proto.ts <output directory>");
}
const file = join(outputDirectory, file_buf_validate_validate.proto.name);
const text = printFile(file_buf_validate_validate.proto);
// Left alone when it is right: another run may be reading it.
if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function printFile(proto: FileDescriptorProto): string {
  return [
    'syntax = "proto2";',
    `package ${proto.package};`,
    ...proto.dependency.map((path) => `import "${path}";`),
    ...proto.enumType.map(printEnum),
    ...proto.messageType.map(printMessage),
    ...proto.extension.map((field) => `extend ${field.extendee} { ${printField(field)} }`),
    "",
  ].join("\n");
}

function printMessage(message: DescriptorProto): string {
  const loose = message.field.filter((field) => !Object.hasOwn(field, "oneofIndex"));
  const oneofs = message.oneofDecl.map((oneof, index) => {
    const members = message.field.filter((field) => Object.hasOwn(field, "oneofIndex") && field.oneofIndex === index);
    return `oneof ${oneof.name} { ${members.map((field) => printField(field, false)).join(" ")} }`;
  });
  const ranges = message.extensionRange.map(({ start, end }) => `extensions ${start} to ${printEnd(end)};`);
  return [
    `message ${message.name} {`,
    ...message.enumType.map(printEnum),
    ...message.nestedType.map(printMessage),
    ...loose.map((field) => printField(field)),
    ...oneofs,
    ...ranges,
    "}",
  ].join("\n");
}

/** The end of a range is exclusive in a descriptor, inclusive in source. */
function printEnd(end: number): string {
  return end === 0x2000_0000 ? "max" : String(end - 1);
}

function printField(field: FieldDescriptorProto, withLabel = true): string {
  const label = withLabel ? `${FieldDescriptorProto_Label[field.label].toLowerCase()} ` : "";
  const type = field.typeName === "" ? FieldDescriptorProto_Type[field.type].toLowerCase() : field.typeName;
  return `${label}${type} ${field.name} = ${field.number};`;
}

function printEnum(enumeration: EnumDescriptorProto): string {
  const values = enumeration.value.map((value) => `${value.name} = ${value.number};`);
  return `enum ${enumeration.name} { ${values.join(" ")} }`;
}
