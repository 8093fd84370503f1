// A user signs in from Node, makes a key, lists keys, revokes it, and signs out. Needs ALTALUNE, USERNAME and PASSWORD.
const { ALTALUNE, USERNAME, PASSWORD } = process.env;
let authorization;

async function ask(method, path, body) {
  const response = await fetch(ALTALUNE + path, {
    method,
    headers: { ...(authorization && { authorization }), ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
  return text === "" ? undefined : JSON.parse(text);
}

// A program keeps tokens; a page of Altalune's own origin has a cookie, by POST /api/auth/login.
const { access_token } = await ask("POST", "/api/auth/token", { username: USERNAME, password: PASSWORD });
authorization = `Bearer ${access_token}`;
const { key, api_key } = await ask("POST", "/api/keys", { name: "by JavaScript", scopes: ["orders:read"] });
console.log(`made ${key}`);
const keys = await ask("GET", "/api/keys");
console.log(keys.some(({ id }) => id === api_key.id) ? "listed" : "not listed");
await ask("DELETE", `/api/keys/${api_key.id}`);
const { is_active } = await ask("GET", `/api/keys/${api_key.id}`);
console.log(is_active ? "not revoked" : "revoked");
await ask("POST", "/api/auth/logout");
