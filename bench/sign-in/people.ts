/** People who sign in, without a pause: 200 at a time by the right password, or whoever tries others on one account. */
import { BareConnection, headEnd } from "../lib/bare-connection.js";

export interface SignInJob {
  readonly url: string;
  readonly kind: "200 logins at once" | "wrong passwords";
  readonly username: string;
  readonly password: string;
}

const atOnce = 200;
const guessers = 32;
/** Or to wait, where others are at it at this moment, or too many failed. */
const expected = { "200 logins at once": [200, 429], "wrong passwords": [401, 429] };

process.on("message", (job: SignInJob) => {
  run(job).catch((error: unknown) => process.send?.({ failure: String(error) }));
});
process.on("disconnect", () => process.exit());

async function run(job: SignInJob): Promise<void> {
  if (job.kind === "200 logins at once") {
    const people = await Promise.all(Array.from({ length: atOnce }, () => BareConnection.open(new URL(job.url))));
    for (;;) {
      await Promise.all(people.map((person) => login(person, job, job.password, "127.0.0.1")));
    }
  }
  await Promise.all(
    Array.from({ length: guessers }, async (_, guesser) => {
      const connection = await BareConnection.open(new URL(job.url));
      for (let i = 0; ; i++) {
        await login(connection, job, `wrong-${guesser}-${i}-password`, `198.51.100.${guesser}`);
      }
    }),
  );
}

async function login(
  connection: BareConnection,
  { url, kind, username }: SignInJob,
  password: string,
  address: string,
): Promise<void> {
  const body = JSON.stringify({ username, password });
  const head = [
    "POST /api/auth/login HTTP/1.1",
    `Host: ${new URL(url).host}`,
    "Content-Type: application/json",
    `X-Forwarded-For: ${address}`,
    `Content-Length: ${body.length}`,
  ];
  const { status, text } = await connection.exchange(`${head.join("\r\n")}${headEnd}${body}`);
  if (!expected[kind].includes(status)) {
    throw new Error(`not the answer of a login: ${text}`);
  }
}
