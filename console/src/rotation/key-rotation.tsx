import { type ApiKey, ApiKeyService, ApiKeyStatus } from "@altalune/sdk/messages";
import { Button, Group } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { Moment } from "../listing/moment.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { ClaimDialog } from "./claim-dialog.tsx";
import { PolicyDialog } from "./policy-dialog.tsx";
import { PolicyFacts } from "./policy-facts.tsx";
import classes from "./rotation.module.css";
import { useWaitingValue, type WaitingValue } from "./use-waiting-value.ts";

const words = texts.rotation;

interface KeyRotationProps {
  readonly apiKey: ApiKey;
  readonly mayChange: boolean;
  readonly onDone: (sentence: string) => void;
}

/** When a key is rotated by Altalune, and the value that waits for somebody. */
export function KeyRotation({ apiKey, mayChange, onDone }: KeyRotationProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const waiting = useWaitingValue(apiKey);
  const [asked, setAsked] = useState<"policy" | "claim">();
  const { projectId, id: apiKeyId, rotationPolicy: policy, nextRotationAt } = apiKey;
  const close = () => setAsked(undefined);
  const done = (sentence: string) => {
    onDone(sentence);
    close();
  };
  const claimed = (sentence: string) => {
    done(sentence);
    void queries.invalidateQueries();
  };
  return (
    <div className={classes["rotation"]}>
      {policy === undefined ? (
        <section className={classes["section"]}>
          <h2>{words.title}</h2>
          <p className="dimmed">{words.none}</p>
        </section>
      ) : (
        <PolicyFacts policy={policy} nextRotationAt={nextRotationAt} />
      )}
      {waiting !== undefined && <WaitingNote waiting={waiting} />}
      {mayChange && apiKey.status !== ApiKeyStatus.REVOKED && (
        <Group gap="xs">
          {waiting !== undefined && <Button onClick={() => setAsked("claim")}>{words.claim.action}</Button>}
          <Button variant="default" onClick={() => setAsked("policy")}>
            {policy === undefined ? words.set : words.change.action}
          </Button>
        </Group>
      )}
      {asked === "policy" && <PolicyDialog apiKey={apiKey} onDone={done} onClose={close} />}
      {asked === "claim" && (
        <ClaimDialog
          apiKey={apiKey}
          claim={() => apiKeys.claimRotatedKey({ projectId, apiKeyId })}
          onDone={claimed}
          onClose={close}
        />
      )}
    </div>
  );
}

function WaitingNote({ waiting: { event, wasClaimed } }: { readonly waiting: WaitingValue }) {
  return (
    <Notice tone={wasClaimed ? "idle" : "warn"}>
      {wasClaimed ? words.claimed : words.waits} <Moment at={event.occurredAt} />.{" "}
      {wasClaimed ? words.claimedHint : words.waitsHint}
    </Notice>
  );
}
