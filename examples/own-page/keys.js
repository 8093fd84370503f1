const altalune = document.body.dataset.altalune;
const element = (id) => document.getElementById(id);

/** In memory alone: what gets into this page tomorrow does not find it. */
let token;

async function call(method, path, body) {
  const response = await fetch(altalune + path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.detail);
  }
  return answer;
}

/** Takes the code out of the address, which it is not to stay in, and gives it back for a token. */
async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  history.replaceState(null, "", location.pathname);
  const opened = await call("POST", "/v1/portal_sessions:exchange", { code: code ?? "" });
  token = opened.token;
  element("title").textContent = `API keys of ${opened.branding.name}`;
}

async function showKeys() {
  const { data } = await call("GET", "/v1/my/api_keys?status=API_KEY_STATUS_ACTIVE");
  element("keys").replaceChildren(...data.map(rowOf));
}

function rowOf({ id, name, keyPrefix, expiration }) {
  const row = document.createElement("tr");
  for (const text of [name, `${keyPrefix}…`, new Date(expiration).toLocaleDateString()]) {
    row.insertCell().textContent = text;
  }
  const rotate = async () => {
    const { keyValue } = await call("POST", `/v1/my/api_keys/${id}:rotate`, { gracePeriod: "86400s" });
    showValue(keyValue);
  };
  const revoke = () => call("POST", `/v1/my/api_keys/${id}:revoke`, {});
  row.insertCell().append(button("Rotate", rotate), button("Revoke", revoke));
  return row;
}

function button(text, action) {
  const made = document.createElement("button");
  made.textContent = text;
  made.addEventListener("click", () => run(action));
  return made;
}

/** The one time that it is seen. */
function showValue(value) {
  element("value").textContent = `Store this key now, it is not shown again: ${value}`;
}

async function run(action) {
  try {
    element("message").textContent = "";
    await action();
    await showKeys();
  } catch (error) {
    element("message").textContent = error.message;
  }
}

element("create").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = new FormData(event.target).get("name");
  run(async () => {
    const { keyValue } = await call("POST", "/v1/my/api_keys", { name });
    showValue(keyValue);
    event.target.reset();
  });
});

await run(signIn);
