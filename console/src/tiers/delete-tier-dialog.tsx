import { type Tier, TierService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { texts } from "../texts.ts";

interface DeleteTierDialogProps {
  readonly tier: Tier;
  readonly onDone: (sentence: string) => Promise<void>;
  readonly onClose: () => void;
}

const { delete: words } = texts.tiers;

/** Deletes a tier as it was when it was looked at, or tells why it stays. */
export function DeleteTierDialog({ tier: { name, etag }, onDone, onClose }: DeleteTierDialogProps) {
  const tiers = useClient(TierService);
  const { isBusy, failure, send } = useSending();

  const submit = () => {
    void send(async () => {
      const { propagation } = await tiers.deleteTier({ name, etag });
      await onDone(`${words.done(name)} ${inForceText(propagation)}`);
    });
  };
  return (
    <DialogForm
      title={words.title(name)}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
