/** People who sign in, without a pause: 200 at a time by the right password, or whoever tries others on one account. */

export interface SignInJob {
  readonly url: string;
  readonly kind: "200 logins at once" | "wrong passwords";
  readonly username: string;
  readonly password: string;
}

const atOnce = 200;
const guessers = 32;

process.on("message", (job: SignInJob) => void run(job));
process.on("disconnect", () => process.exit());

async function run(job: SignInJob): Promise<void> {
  if (job.kind === "200 logins at once") {
    for (;;) {
      await Promise.all(Array.from({ length: atOnce }, () => login(job, job.password, "127.0.0.1")));
    }
  }
  await Promise.all(
    Array.from({ length: guessers }, async (_, guesser) => {
      for (let i = 0; ; i++) {
        await login(job, `wrong-${guesser}-${i}-password`, `198.51.100.${guesser}`);
      }
    }),
  );
}

async function login({ url, username }: SignInJob, password: string, address: string): Promise<void> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address },
    body: JSON.stringify({ username, password }),
  }).catch(() => undefined);
  await response?.arrayBuffer();
}
