import type { FirstCredentials } from "./instance.js";

/**
 * What a start prints for the person in front of it: the first root key, once, in commands that work as they stand.
 *
 * @param first what this start has made
 * @param environmentKey whether ALTALUNE_ROOT_KEY is set
 */
export function nextSteps(
  url: string,
  { rootKey: firstRootKey, setupUrl }: FirstCredentials,
  environmentKey: boolean,
): string {
  const rootKey = firstRootKey ?? "ROOT_KEY";
  const curl = (rpc: string, body: object) =>
    [
      `  curl -s ${url}/altalune.v1.${rpc} \\`,
      `    -H 'Authorization: Bearer ${rootKey}' -H 'Content-Type: application/json' \\`,
      `    -d '${JSON.stringify(body)}'`,
    ].join("\n");
  return `
Altalune is ready at ${url}

${rootKeyNote(firstRootKey, environmentKey)}
${setupUrl === undefined ? "" : setupNote(setupUrl)}
1. Create a project:

${curl("ProjectService/CreateProject", { name: "My API", allowNeverExpires: true })}

2. Create a key in it. Put the id of the answer above in the place of PROJECT_ID:

${curl("ApiKeyService/CreateApiKey", { projectId: "PROJECT_ID", name: "First key", neverExpires: true })}

3. Ask whether a key is good. Put the keyValue of the answer above in the place of KEY, and the
   project's id as before:

${curl("VerificationService/VerifyApiKey", { key: "KEY", projectId: "PROJECT_ID" })}

`;
}

function rootKeyNote(firstRootKey: string | undefined, environmentKey: boolean): string {
  if (firstRootKey !== undefined) {
    return `Its root key, shown this once, is ${firstRootKey}
Keep it: it may do everything. \`npx altalune root-key create\` makes others that may do less.`;
  }
  return environmentKey
    ? "ROOT_KEY below stands for the value of ALTALUNE_ROOT_KEY."
    : `ROOT_KEY below stands for the root key that the first start showed.
If it is lost, make another: npx altalune root-key create --scope '*'`;
}

function setupNote(setupUrl: string): string {
  return `
To sign in as its owner, open this link, shown this once and good once, for 24 hours:
${setupUrl}
\`npx altalune user setup-link\` makes another.
`;
}
