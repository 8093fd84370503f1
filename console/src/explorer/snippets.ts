import { texts } from "../texts.ts";

/** A verification, but for the key: neither it nor a root key stands in code. */
export interface Call {
  /** Where Altalune is. */
  readonly url: string;
  readonly projectId: string;
  readonly requiredScopes: readonly string[];
  /** Undefined: 1. */
  readonly cost: number | undefined;
}

export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** How it is run. */
  readonly how: string;
}

const { snippets: words } = texts.explorer;

/** The call as programs make it. What was typed is text to each: it ends no quotation. */
export function snippetsOf(call: Call): readonly Snippet[] {
  return [
    { language: "curl", text: curl(call), how: words.shell },
    { language: "TypeScript", text: typeScript(call), how: words.typeScript },
    { language: "Python", text: python(call), how: words.python },
    { language: "Go", text: go(call), how: words.go },
  ];
}

/** What the request says beside the key, as members of a JSON object. What need not be said is not. */
function membersOf({ projectId, requiredScopes, cost }: Call): readonly (readonly [name: string, json: string])[] {
  return [
    ["projectId", JSON.stringify(projectId)],
    ...(requiredScopes.length > 0
      ? ([["requiredScopes", `[${requiredScopes.map((scope) => JSON.stringify(scope)).join(", ")}]`]] as const)
      : []),
    ...(cost === undefined ? [] : ([["cost", `${cost}`]] as const)),
  ];
}

function curl(call: Call): string {
  const rest = membersOf(call).map(([name, json]) => `"${name}": ${json}`);
  return `curl -sS --fail-with-body '${inQuotes(`${call.url}/v1/api_keys:verify`)}' \\
  -H "Authorization: Bearer $ROOT_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"key": "'"$KEY"'", ${inQuotes(rest.join(", "))}}'
`;
}

/** Between single quotes of a shell. */
function inQuotes(text: string): string {
  return text.replaceAll("'", `'\\''`);
}

function typeScript(call: Call): string {
  const rest = membersOf(call).map(([name, json]) => `  ${name}: ${json},\n`);
  return `import { createAltalune, VerificationCode } from "@altalune/sdk";

const { ROOT_KEY = "", KEY = "" } = process.env;
const altalune = createAltalune({ url: ${JSON.stringify(call.url)}, rootKey: ROOT_KEY });
const verdict = await altalune.verification.verifyApiKey({
  key: KEY,
${rest.join("")}});
console.log(VerificationCode[verdict.code], verdict.valid);
`;
}

function python(call: Call): string {
  const rest = membersOf(call).map(([name, json]) => `    "${name}": ${json},\n`);
  return `import json
import os
import urllib.request

call = {
    "key": os.environ["KEY"],
${rest.join("")}}
request = urllib.request.Request(
    ${JSON.stringify(`${call.url}/v1/api_keys:verify`)},
    headers={"Authorization": "Bearer " + os.environ["ROOT_KEY"], "Content-Type": "application/json"},
    data=json.dumps(call).encode(),
)
# Raises for whatever is no verdict.
with urllib.request.urlopen(request, timeout=10) as response:
    verdict = json.load(response)
print(verdict["code"], verdict["valid"])
`;
}

function go(call: Call): string {
  const members = [["key", 'os.Getenv("KEY")'], ...membersOf(call)] as const;
  const width = Math.max(...members.map(([name]) => name.length)) + 3;
  const lines = members.map(([name, json]) => {
    const value = name === "requiredScopes" ? `[]string{${json.slice(1, -1)}}` : json;
    return `\t\t${`"${name}":`.padEnd(width)} ${value},\n`;
  });
  return `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	body, err := json.Marshal(map[string]any{
${lines.join("")}	})
	if err != nil {
		log.Fatal(err)
	}
	request, err := http.NewRequest("POST", ${JSON.stringify(`${call.url}/v1/api_keys:verify`)}, bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("ROOT_KEY"))
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	var verdict struct {
		Code  string \`json:"code"\`
		Valid bool   \`json:"valid"\`
	}
	if err := json.NewDecoder(response.Body).Decode(&verdict); err != nil || response.StatusCode != http.StatusOK {
		log.Fatalf("no verdict: %s %v", response.Status, err)
	}
	fmt.Println(verdict.Code, verdict.Valid)
}
`;
}
