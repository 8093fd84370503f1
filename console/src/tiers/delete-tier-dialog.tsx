import { type Tier, TierService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
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

  const remove = async () => {
    const { propagation } = await tiers.deleteTier({ name, etag });
    await onDone(`${words.done(name)} ${inForceText(propagation)}`);
  };
  return (
    <ConfirmDialog
      title={words.title(name)}
      text={words.text}
      submit={words.submit}
      isFinal
      work={remove}
      onClose={onClose}
    />
  );
}
