import { type Tier, TierService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { useState } from "react";
import { Navigate, useParams } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { inForceText } from "../keys/in-force.ts";
import type { rateLimitsOf } from "../keys/limit-fields.tsx";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";
import { DeleteTierDialog } from "./delete-tier-dialog.tsx";
import { TierForm } from "./tier-form.tsx";
import { tierQuery } from "./tier-query.ts";
import { useMayChangeTiers } from "./use-may-change-tiers.ts";

const { change: words } = texts.tiers;
const above = { to: "/tiers", name: texts.tiers.title };

/** A tier, to be changed or deleted. */
export default function TierPage() {
  const { name = "" } = useParams();
  // Asked anew each time that one comes here: the form begins with what holds now, not with what was remembered.
  const tiers = useQuery(TierService.method.queryTiers, tierQuery(name), { gcTime: 0 });
  if (!useMayChangeTiers()) {
    return <Navigate to="/tiers" replace />;
  }
  return (
    <Answer to={tiers} isPage>
      {({ data }) => {
        const tier = data.find((one) => one.name === name);
        return tier === undefined ? (
          <Page title={texts.failures.title} above={above}>
            <Notice tone="bad">{words.gone}</Notice>
          </Page>
        ) : (
          <ChangeTier key={name} tier={tier} />
        );
      }}
    </Answer>
  );
}

function ChangeTier({ tier: begun }: { readonly tier: Tier }) {
  const tiers = useClient(TierService);
  const leaveFor = useLeave();
  const { send, ...sending } = useSending();
  const [isAsked, setIsAsked] = useState(false);
  // As it was when the form began: what others change meanwhile is not taken for what is in the form.
  const [tier] = useState(begun);
  const { name, etag } = tier;

  const leave = (done: string) => leaveFor("/tiers", done);
  const save = (limits: ReturnType<typeof rateLimitsOf>) =>
    send(async () => {
      const { propagation } = await tiers.upsertTier({ tier: { name, ...limits }, etag });
      await leave(`${words.done(name)} ${inForceText(propagation)}`);
    });
  const actions = (
    <Button variant="default" className="danger" onClick={() => setIsAsked(true)}>
      {texts.tiers.delete.action}
    </Button>
  );
  return (
    <Page title={words.title(name)} above={above} actions={actions} isNarrow>
      <TierForm rateLimits={tier.rateLimits} submitName={words.submit} sending={sending} onSubmit={save}>
        <p>{words.text}</p>
      </TierForm>
      {isAsked && <DeleteTierDialog tier={tier} onDone={leave} onClose={() => setIsAsked(false)} />}
    </Page>
  );
}
