import { afterAll, beforeAll, expect, test } from "vitest";
import { bash } from "../../support/bash.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { markedBlocks } from "../../support/readme.js";
import { codeOf, goodPassword } from "../sign_in/people.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());

test("the shell of docs/users.md makes the first owner, who invites, signs in, and has tokens", async () => {
  const blocks = ["register", "invite", "sign in", "tokens"].flatMap((name) => markedBlocks("docs/users.md", name));
  const [given = "", ...more] = blocks;
  const env = {
    USERNAME: "ada",
    EMAIL: "ada@example.com",
    PASSWORD: goodPassword,
    CODE: codeOf(altalune.setupUrl ?? ""),
    ROOT_KEY: altalune.rootKey,
    PROJECT_ID: await newProject(altalune.clients),
  };
  const here = `set -eu; folder=$(mktemp -d); trap 'rm -r "$folder"' EXIT; cd "$folder"; ${given.replace(/ALTALUNE=.*$/m, `ALTALUNE=${altalune.url}`)}`;
  const [, ...printed] = await bash([here, ...more], env);
  const [registered, invited, signedIn, tokens] = printed.map((text) =>
    text
      .trim()
      .split(/(?<=\})(?=\{)/)
      .map((answer) => JSON.parse(answer)),
  );
  const ada = { username: "ada", roles: ["owner"], all_projects: true };
  expect(registered).toMatchObject([ada]);
  expect(invited).toMatchObject([
    { user: { email: "grace@example.com", projectIds: [env.PROJECT_ID] }, invitationUrl: expect.any(String) },
  ]);
  expect(signedIn).toMatchObject([ada, ada]);
  expect(tokens).toMatchObject([
    { data: [{ id: env.PROJECT_ID }] },
    { access_token: expect.any(String), refresh_token: expect.stringMatching(/^alt_refresh_/) },
  ]);
});
