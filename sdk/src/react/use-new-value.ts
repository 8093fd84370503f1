import { useEffect, useRef, useState } from "react";
import type { ApiKey } from "../messages.js";
import type { OwnKeys } from "./client.js";

/** What an answer says of a key that got a value. */
interface Answer {
  readonly apiKey?: ApiKey | undefined;
  /** Empty: it was in an answer that did not arrive. */
  readonly keyValue: string;
}

interface NewValue {
  readonly by: OwnKeys;
  readonly apiKeyId: string;
  readonly value: string;
}

export interface ShownValue {
  /** Undefined: there is none, or none of the owner's whose client it is. */
  readonly value: string | undefined;
  /** Whether there is one of which it is being asked whose it is. */
  readonly isUnsure: boolean;
  show(by: OwnKeys, answer: Answer): void;
  forget(): void;
}

/**
 * A key's new value: here alone, until it is said to be stored. It is shown to its owner only: where the client is another by now, the server is
 * asked whether the key is among its owner's, which it is where the token was renewed. If not, the value is forgotten.
 *
 * @param isListed whether the client has been answered: before, nothing is asked by it
 */
export function useNewValue(client: OwnKeys, isListed: boolean): ShownValue {
  const [made, setMade] = useState<NewValue>();
  const latest = useRef(client);
  latest.current = client;
  const isUnsure = made !== undefined && made.by !== client;

  useEffect(() => {
    if (made === undefined || made.by === client || !isListed) {
      return;
    }
    let isOver = false;
    client.getMyApiKey({ apiKeyId: made.apiKeyId }).then(
      () => isOver || setMade({ ...made, by: client }),
      () => isOver || setMade(undefined),
    );
    return () => {
      isOver = true;
    };
  }, [made, client, isListed]);

  return {
    value: isUnsure ? undefined : made?.value,
    isUnsure,
    show: (by, { apiKey, keyValue }) =>
      setMade((before) => {
        const isLate = by !== latest.current;
        // What comes late, for a client of before, does not push out what is shown now.
        return isLate && before?.by === latest.current ? before : { by, apiKeyId: apiKey?.id ?? "", value: keyValue };
      }),
    forget: () => setMade(undefined),
  };
}
