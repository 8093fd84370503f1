/** As long as a run of a secret's characters must be to be no accident, and longer than what may be shown of one. */
const gramLength = 16;

/** A place that was searched, and the secrets that stand there. */
export interface Find {
  readonly place: string;
  readonly secrets: readonly string[];
}

/**
 * Finds secrets in text: as they are, in base64, hex or percent-encoding, whole or any 16 characters of one of these.
 * What is searched for of a secret of ours is its random part and checksum, since its prefix and the 5 characters after
 * it may be shown.
 */
export class SecretFinder {
  readonly #names = new Map<string, string>();
  readonly #secrets = new Set<string>();

  /** @param name for reports; a secret must not stand in those either */
  add(name: string, secret: string): void {
    if (secret.length < gramLength) {
      throw new Error(`${name} is too short to be searched for`);
    }
    this.#secrets.add(secret);
    for (const form of formsOf(secret.replace(/^[a-zA-Z0-9_-]{0,15}[_-](?=[0-9A-Za-z]{49}$)/, ""))) {
      for (let at = 0; at + gramLength <= form.length; at++) {
        this.#names.set(form.slice(at, at + gramLength), name);
      }
    }
  }

  /** How many secrets are searched for. */
  get size(): number {
    return this.#secrets.size;
  }

  /** @returns the names of the secrets that stand in the text; bytes are searched as Latin-1 */
  find(text: string | Uint8Array): readonly string[] {
    const searched = typeof text === "string" ? text : Buffer.from(text).toString("latin1");
    const found = new Set<string>();
    for (let at = 0; at + gramLength <= searched.length; at++) {
      const name = this.#names.get(searched.slice(at, at + gramLength));
      if (name !== undefined) {
        found.add(name);
      }
    }
    return [...found];
  }

  /** The places, of all that are given, where a secret stands. */
  findIn(places: Iterable<readonly [place: string, text: string | Uint8Array]>): readonly Find[] {
    const finds: Find[] = [];
    for (const [place, text] of places) {
      const secrets = this.find(text);
      if (secrets.length > 0) {
        finds.push({ place, secrets });
      }
    }
    return finds;
  }
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  return [secret, encodeURIComponent(secret), hex, hex.toUpperCase(), ...base64Forms(bytes)];
}

/** As the secret comes out of the base64 of something that it is a part of, wherever in it. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first and last character may hold bits of the neighbours too.
    const inner = whole.slice(shift === 0 ? 0 : 4, -1);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
