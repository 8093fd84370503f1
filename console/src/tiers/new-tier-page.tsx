import { TierService } from "@altalune/sdk/messages";
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { Navigate } from "react-router";
import { useClient } from "../api/api.tsx";
import { ToldError } from "../api/failure.ts";
import { useSending } from "../api/use-sending.ts";
import { inForceText } from "../keys/in-force.ts";
import type { rateLimitsOf } from "../keys/limit-fields.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { TierForm } from "./tier-form.tsx";
import { tierQuery } from "./tier-query.ts";
import { useMayChangeTiers } from "./use-may-change-tiers.ts";

const { new: words } = texts.tiers;

/** Makes a tier. */
export default function NewTierPage() {
  const tiers = useClient(TierService);
  const leave = useLeave();
  const { send, ...sending } = useSending();
  const [name, setName] = useState("");
  const [takenName, setTakenName] = useState<string>();
  if (!useMayChangeTiers()) {
    return <Navigate to="/tiers" replace />;
  }

  const create = (limits: ReturnType<typeof rateLimitsOf>) =>
    send(async () => {
      // The rpc would change a tier that is there; nobody asked for that here.
      const { data } = await tiers.queryTiers(tierQuery(name));
      const isTaken = data.some((tier) => tier.name === name);
      setTakenName(isTaken ? name : undefined);
      if (isTaken) {
        throw new ToldError(texts.form.notSent);
      }
      const { propagation } = await tiers.upsertTier({ tier: { name, ...limits } });
      await leave("/tiers", `${words.done(name)} ${inForceText(propagation)}`);
    });
  return (
    <Page title={words.title} above={{ to: "/tiers", name: texts.tiers.title }} isNarrow>
      <TierForm submitName={words.submit} sending={sending} onSubmit={create}>
        <TextInput
          label={words.name}
          description={words.nameHint}
          autoCapitalize="none"
          spellCheck={false}
          maxLength={256}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={takenName === name && name !== "" ? words.taken : sending.failure?.fields["tier.name"]}
        />
      </TierForm>
    </Page>
  );
}
