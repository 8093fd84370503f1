import { ShownOnce } from "../keys/shown-once.tsx";
import { texts } from "../texts.ts";

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onStored: () => void;
}

/** What stands for a lost factor, this once. */
export function RecoveryCodes({ codes, onStored }: RecoveryCodesProps) {
  return (
    <ShownOnce
      value={codes.join("\n")}
      words={texts.account.recovery}
      rows={Math.max(codes.length, 2)}
      onStored={onStored}
    />
  );
}
