import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { SecretFinder } from "./secret-finder.js";

describe("the search for secrets", () => {
  const secret = newSecret("sk-");
  const finder = new SecretFinder();
  finder.add("the key", secret);

  test.each([
    ["as it is", `{"name":"${secret}"}`],
    ["without its prefix", secret.slice(3)],
    ["without its checksum", secret.slice(3, -6)],
    ["in part", secret.slice(20, 36)],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64 behind one other byte", Buffer.from(`x${secret}`).toString("base64")],
    ["in base64 behind two other bytes", Buffer.from(`xy${secret} and more`).toString("base64url")],
    ["in hex", Buffer.from(secret).toString("hex")],
    ["in capital hex", Buffer.from(secret).toString("hex").toUpperCase()],
    ["as bytes", Buffer.concat([Buffer.of(0xff, 0), Buffer.from(secret)])],
  ])("finds one %s", (_form, text) => {
    expect(finder.find(text)).toEqual(["the key"]);
  });

  test("finds one of another shape in percent-encoding", () => {
    const other = new SecretFinder();
    other.add("other", "p+/=Qw9 zR!x7Kd&mVb3#Ht");
    expect(other.find(encodeURIComponent("key=p+/=Qw9 zR!x7Kd&mVb3#Ht"))).toEqual(["other"]);
  });

  test("takes no offence at what may be shown, or at another secret", () => {
    expect(finder.find(secret.slice(0, 8))).toEqual([]);
    expect(finder.find(newSecret("sk-"))).toEqual([]);
    expect(finder.find(gzipSync(secret))).toEqual([]);
  });
});
