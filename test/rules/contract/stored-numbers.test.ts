import { clone, create, createFileRegistry, type DescEnum, type DescFile } from "@bufbuild/protobuf";
import {
  EnumDescriptorProtoSchema,
  EnumValueDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ApiKeyStatusSchema, RevocationReasonSchema } from "../../../gen/altalune/v1/api_key_pb.js";
import { SortOrderSchema } from "../../../gen/altalune/v1/common_pb.js";
import { NoticeKindSchema } from "../../../gen/altalune/v1/notice_pb.js";
import { PortalPermissionSchema } from "../../../gen/altalune/v1/portal_pb.js";
import { ExposurePolicySchema, SuspiciousPolicySchema } from "../../../gen/altalune/v1/project_pb.js";
import { UnclaimedValueSchema } from "../../../gen/altalune/v1/rotation_pb.js";
import { GranularitySchema } from "../../../gen/altalune/v1/usage_pb.js";
import { UserRoleSchema } from "../../../gen/altalune/v1/user_pb.js";
import {
  ConsistencySchema,
  RateLimitWindowSchema,
  VerificationCodeSchema,
  VerificationService,
} from "../../../gen/altalune/v1/verification_pb.js";
import { DeliveryStateSchema, WebhookDisabledReasonSchema } from "../../../gen/altalune/v1/webhook_pb.js";
import { revocationReasonNumbers } from "../../../src/domain/api_key/model.js";
import { noticeKindNumbers } from "../../../src/domain/notice/model.js";
import { exposurePolicyNumbers, suspiciousPolicyNumbers } from "../../../src/domain/project/model.js";
import { unclaimedNumbers } from "../../../src/domain/rotation/model.js";
import { usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { userRoleNumbers } from "../../../src/domain/user/model.js";
import { deliveryStateNumbers, disabledReasonNumbers } from "../../../src/domain/webhook/model.js";
import { everyService } from "../authority/every-rpc.js";

type Numbers = Readonly<Record<string, number>>;

/** The enums whose values the database stores as numbers, and those that it does not store. */
const stored: ReadonlyMap<string, Numbers> = new Map<string, Numbers>([
  [VerificationCodeSchema.typeName, usageCodeNumbers],
  [RevocationReasonSchema.typeName, revocationReasonNumbers],
  [UserRoleSchema.typeName, userRoleNumbers],
  [DeliveryStateSchema.typeName, deliveryStateNumbers],
  [WebhookDisabledReasonSchema.typeName, disabledReasonNumbers],
  [UnclaimedValueSchema.typeName, unclaimedNumbers],
  [ExposurePolicySchema.typeName, exposurePolicyNumbers],
  [SuspiciousPolicySchema.typeName, suspiciousPolicyNumbers],
  [NoticeKindSchema.typeName, noticeKindNumbers],
]);
const notStored = [
  ApiKeyStatusSchema,
  ConsistencySchema,
  GranularitySchema,
  PortalPermissionSchema,
  RateLimitWindowSchema,
  SortOrderSchema,
].map(({ typeName }) => typeName);

test("every value of an enum that is stored has the number of the contract", () => {
  expect(faultsOf(enumsOf(everyService.map(({ file }) => file)))).toEqual([]);
});

test("a code that got no number is found, and an enum that nobody has thought of", () => {
  expect(faultsOf(enumsOf([withPlanted()]))).toEqual([
    "VERIFICATION_CODE_PLANTED = 10 has no number",
    "altalune.v1.Planted is neither stored nor said not to be",
  ]);
});

function faultsOf(enums: readonly DescEnum[]): readonly string[] {
  return enums.flatMap((desc) => {
    const numbers = stored.get(desc.typeName);
    if (numbers === undefined) {
      return notStored.includes(desc.typeName) ? [] : [`${desc.typeName} is neither stored nor said not to be`];
    }
    const values = desc.values.filter(({ number }) => number !== 0);
    const names = values.map(({ name }) => name.slice(desc.sharedPrefix?.length ?? 0).toLowerCase());
    return [
      ...values.flatMap(({ name, number }, i) =>
        numbers[names[i] ?? ""] === number ? [] : [`${name} = ${number} has no number`],
      ),
      ...Object.keys(numbers).flatMap((name) => (names.includes(name) ? [] : [`${name} is not of the contract`])),
    ];
  });
}

/** The enums of files and of what they import of ours. */
function enumsOf(files: readonly DescFile[]): readonly DescEnum[] {
  const ours = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (file.proto.package === "altalune.v1" && !ours.has(file.name)) {
      ours.set(file.name, file);
      file.dependencies.forEach(visit);
    }
  };
  files.forEach(visit);
  return [...ours.values()].flatMap(({ enums }) => enums);
}

/** The file of verification with one more code and one more enum. */
function withPlanted(): DescFile {
  const planted = clone(FileDescriptorProtoSchema, VerificationService.file.proto);
  planted.enumType
    .find(({ name }) => name === VerificationCodeSchema.name)
    ?.value.push(create(EnumValueDescriptorProtoSchema, { name: "VERIFICATION_CODE_PLANTED", number: 10 }));
  planted.enumType.push(
    create(EnumDescriptorProtoSchema, { name: "Planted", value: [{ name: "PLANTED_UNSPECIFIED", number: 0 }] }),
  );
  const imports = importsOf(VerificationService.file).map(({ proto }) => proto);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...imports, planted] }));
  const file = registry.getFile(planted.name);
  if (file === undefined) {
    throw new Error("the planted file was not read");
  }
  return file;
}

function importsOf({ dependencies }: DescFile): readonly DescFile[] {
  return [...new Set(dependencies.flatMap((file) => [...importsOf(file), file]))];
}
