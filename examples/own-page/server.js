import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { ALTALUNE = "http://127.0.0.1:8080", PORTAL_KEY, PROJECT_ID, PORT = "3000" } = process.env;

const page = readFileSync(new URL("keys.html", import.meta.url), "utf8").replace("{{altalune}}", ALTALUNE);
const script = readFileSync(new URL("keys.js", import.meta.url), "utf8");

/** Whoever is signed in: here yours looks at its own session. */
function userOf(_request) {
  return "alice";
}

/** Opens the portal to a user. The root key stays here; the code in the fragment is the user's. */
async function openPortal(ownerId) {
  const response = await fetch(`${ALTALUNE}/v1/projects/${PROJECT_ID}/portal_sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${PORTAL_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({
      ownerId,
      permissions: ["READ", "CREATE", "ROTATE", "REVOKE"].map((name) => `PORTAL_PERMISSION_${name}`),
      ttl: "3600s",
    }),
  });
  if (!response.ok) {
    throw new Error(`no portal session: ${await response.text()}`);
  }
  const { url } = await response.json();
  return new URL(url).hash;
}

createServer(async (request, response) => {
  try {
    if (request.method === "POST" && request.url === "/open") {
      response.writeHead(303, { location: `/keys${await openPortal(userOf(request))}`, "cache-control": "no-store" });
      response.end();
    } else if (request.url === "/keys.js") {
      response.writeHead(200, { "content-type": "text/javascript" });
      response.end(script);
    } else if (request.url === "/keys") {
      const policy = `default-src 'none'; script-src 'self'; connect-src ${ALTALUNE}; form-action 'self'`;
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy });
      response.end(page);
    } else {
      response.writeHead(200, { "content-type": "text/html" });
      response.end('<!doctype html><form method="post" action="/open"><button>My API keys</button></form>');
    }
  } catch (error) {
    console.error(error);
    response.writeHead(502).end("try again later");
  }
}).listen(Number(PORT), "127.0.0.1");
