/** Longer texts take long to estimate; what is common shows at the beginning. */
const estimated = 32;
/** The score, from 0 to 4, of what is guessed within 10⁶ tries. */
const common = 1;

type Estimate = (password: string, words: readonly string[]) => number;

let estimator: Promise<Estimate> | undefined;

/**
 * Whether a password is among those that are tried first.
 *
 * @param words what of the user's own is easily guessed, such as the username
 */
export async function isCommon(password: string, words: readonly string[]): Promise<boolean> {
  estimator ??= load();
  return (await estimator)(password.slice(0, estimated), words) <= common;
}

/** Its lists take tens of megabytes, and are needed when a password is chosen alone. */
async function load(): Promise<Estimate> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs: graphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  const zxcvbn = new ZxcvbnFactory({ graphs, dictionary });
  return (password, words) => zxcvbn.check(password, [...words]).score;
}
