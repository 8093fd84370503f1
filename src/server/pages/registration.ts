/**
 * Where a set-up link or an invitation leads: whoever holds its code chooses a username and a password. The code is in the address's
 * fragment, which no server is sent and no log holds; it leaves the address as soon as it was read.
 *
 * @param next the page that they go on to, signed in; undefined: none
 */
export function registrationPage(
  hashes: { readonly start: string; readonly style: string },
  next: string | undefined,
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Join Altalune</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="registration.css?v=${hashes.style}">
</head>
<body>
<main>
<h1>Join Altalune</h1>
<noscript>This page needs JavaScript. POST /api/auth/register does the same: see docs/users.md.</noscript>
<form id="registration" novalidate${next === undefined ? "" : ` data-next="${next}"`}>
<p id="outcome" role="status"></p>
${fields.map(fieldHtml).join("\n")}
<button>Register</button>
</form>
</main>
<script src="registration.js?v=${hashes.start}"></script>
</body>
</html>
`;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "email" | "password";
  /** What browsers and password managers fill in. */
  readonly autocomplete: string;
  readonly hint?: string;
}

const fields: readonly Field[] = [
  { name: "username", label: "Username", type: "text", autocomplete: "username", hint: "3 to 32 of a-z, 0-9, _ . -" },
  { name: "email", label: "Email", type: "email", autocomplete: "email" },
  {
    name: "password",
    label: "Password",
    type: "password",
    autocomplete: "new-password",
    hint: "at least 12 characters, and none that is tried first",
  },
  { name: "confirm_password", label: "Password again", type: "password", autocomplete: "new-password" },
];

function fieldHtml({ name, label, type, autocomplete, hint = "" }: Field): string {
  return `<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" aria-describedby="${name}-hint ${name}-fault">
<small id="${name}-hint">${hint}</small><small id="${name}-fault" class="fault"></small>`;
}

export const registrationStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem; }
form { display: grid; gap: 0.25rem; }
label { margin-top: 0.75rem; font-weight: 600; }
input, button { font: inherit; padding: 0.5rem; }
button { margin-top: 1.25rem; }
.fault { color: light-dark(#b00020, #ff8a80); }
`;

export const registrationScript = `const form = document.getElementById("registration");
const outcome = document.getElementById("outcome");
const code = new URLSearchParams(location.hash.slice(1)).get("code");
history.replaceState(null, "", location.pathname);

function tell(text, faults = {}) {
  outcome.textContent = text;
  for (const input of form.querySelectorAll("input")) {
    const fault = faults[input.name] ?? "";
    document.getElementById(input.name + "-fault").textContent = fault;
    input.setAttribute("aria-invalid", String(fault !== ""));
  }
  const others = Object.entries(faults).filter(([name]) => form.elements.namedItem(name) === null);
  outcome.textContent += others.map(([name, fault]) => " " + name + " " + fault + ".").join("");
  form.querySelector("[aria-invalid=true]")?.focus();
}

function send(route, body) {
  const headers = { "content-type": "application/json" };
  return fetch("../api/auth/" + route, { method: "POST", headers, body: JSON.stringify(body) });
}

async function register() {
  const values = Object.fromEntries(new FormData(form));
  const response = await send("register", code === null ? values : { ...values, invitation: code });
  const answer = await response.json();
  if (response.ok && form.dataset.next !== undefined) {
    const { username, password } = values;
    // Where this does not work the next page asks for the password.
    await send("login", { username, password }).catch(() => undefined);
    location.replace(form.dataset.next);
  } else if (response.ok) {
    for (const shown of form.querySelectorAll("label, input, small, button")) {
      shown.hidden = true;
    }
    tell("You are registered as " + answer.username + ". This link is used up; you may close this page and sign in.");
  } else {
    tell(answer.fields ? "" : answer.message, answer.fields);
  }
}

if (code === null) {
  tell("This address has no code in it. Open the whole link that you were given.");
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  register()
    .catch(() => tell("The service could not be reached. Try again."))
    .finally(() => {
      button.disabled = false;
    });
});
`;
