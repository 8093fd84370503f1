import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { file_altalune_v1_api_key } from "../../../gen/altalune/v1/api_key_pb.js";
import { file_altalune_v1_audit } from "../../../gen/altalune/v1/audit_pb.js";
import { file_altalune_v1_common } from "../../../gen/altalune/v1/common_pb.js";
import { file_altalune_v1_my_api_key } from "../../../gen/altalune/v1/my_api_key_pb.js";
import { file_altalune_v1_portal } from "../../../gen/altalune/v1/portal_pb.js";
import { file_altalune_v1_project } from "../../../gen/altalune/v1/project_pb.js";
import { file_altalune_v1_tier } from "../../../gen/altalune/v1/tier_pb.js";
import { file_altalune_v1_usage } from "../../../gen/altalune/v1/usage_pb.js";
import { file_altalune_v1_verification } from "../../../gen/altalune/v1/verification_pb.js";
import { rpcRule } from "../../../src/server/call/rpc-table.js";

const page = readFileSync("docs/api.md", "utf8");
const files = [
  file_altalune_v1_project,
  file_altalune_v1_api_key,
  file_altalune_v1_verification,
  file_altalune_v1_tier,
  file_altalune_v1_usage,
  file_altalune_v1_audit,
  file_altalune_v1_portal,
  file_altalune_v1_my_api_key,
  file_altalune_v1_common,
];
const methods = files.flatMap(({ services }) => services.flatMap((service) => service.methods));

describe("docs/api.md", () => {
  test.each(methods.map((method) => [method.name, method] as const))(
    "has %s, what it needs and its path",
    (_, method) => {
      const section = sectionOf(method.name);
      const { scope, permission } = rpcRule(method) ?? {};
      const need =
        scope === undefined ? permission && `Permission of the owner: \`${permission}\`` : `Scope: \`${scope}\``;
      expect(section).toContain(need ?? "It needs no credential.");
      expect(section).toContain(`\`/${method.parent.typeName}/${method.name}\``);
    },
  );

  test("has every field of every message under its number, and every value of every enum", () => {
    const missing = files.flatMap(({ messages, enums }) => [
      ...messages
        .filter(({ fields }) => !fields.every(({ name, number }) => page.includes(`| \`${name}\` = ${number} |`)))
        .map(({ name }) => name),
      ...enums.filter(({ values }) => !values.every(({ name }) => page.includes(`| \`${name}\` |`))).map((e) => e.name),
    ]);
    expect(missing).toEqual([]);
  });
});

function sectionOf(heading: string): string {
  const [, section = ""] = page.split(`\n### ${heading}\n`);
  return section.split(/^##/m)[0] ?? "";
}
