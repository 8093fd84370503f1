import type { Logger } from "pino";
import type { Caller } from "../domain/caller.js";
import type { RefusedRootKey } from "../domain/root_key/model.js";
import type { Verdict } from "../domain/verification/model.js";
import { LogSample } from "../platform/log-sample.js";

/** Tells the log why keys were refused, whose they are, and who asked from where. Never what a caller sent. */
export interface RefusalLog {
  /** At `info` when the key was refused, one line a key, verdict and second; else at `debug`. */
  verdict(caller: Caller, verdict: Verdict): void;
  /** One line a root key, status and second. */
  rootKey(refused: RefusedRootKey): void;
}

export function createRefusalLog(logger: Logger): RefusalLog {
  const keys = new LogSample((fields) => logger.info(fields, "a key was refused"));
  const rootKeys = new LogSample((fields) => logger.info(fields, "a root key was refused"));
  return {
    verdict(caller, verdict) {
      if (verdict.code !== "valid") {
        keys.add(sampleOf(caller, verdict), describe(caller, verdict));
      } else if (logger.isLevelEnabled("debug")) {
        logger.debug(describe(caller, verdict), "a key was accepted");
      }
    },

    rootKey({ publicId, status, requestId, clientAddress }) {
      rootKeys.add(`${status} ${publicId}`, {
        root_key_id: publicId,
        status,
        request_id: requestId,
        source: clientAddress,
      });
    },
  };
}

/** Keys that are not found share a sample per address: each of them is made up anew. */
function sampleOf({ clientAddress }: Caller, { code, record }: Verdict): string {
  return `${code} ${record?.apiKeyPublicId ?? clientAddress}`;
}

function describe({ actor, requestId, clientAddress, forwarded }: Caller, { code, record }: Verdict) {
  return {
    verdict: code,
    ...(record && {
      project_id: record.projectPublicId,
      api_key_id: record.apiKeyPublicId,
      owner_id: record.ownerId,
    }),
    request_id: requestId,
    source: clientAddress,
    principal: actor,
    ...forwarded,
  };
}
