import { Button, Stack } from "@mantine/core";
import { CopyField } from "../parts/copy-field.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useHold } from "../parts/hold.ts";
import { texts } from "../texts.ts";

/** What is said of what is shown once. */
interface ShownOnceWords {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  /** The word that it is stored. */
  readonly stored: string;
  /** What is said where an answer before had it. */
  readonly lostTitle: string;
  readonly lost: string;
  /** The word of whoever has read that. */
  readonly goOn: string;
}

interface ShownOnceProps {
  /** Empty: it was in an answer that did not arrive. */
  readonly value: string;
  /** What is not told is as of a key's value. */
  readonly words?: Partial<ShownOnceWords>;
  /** Of the field that shows it. */
  readonly rows?: number;
  readonly onStored: () => void;
}

const { value: ofKey } = texts.keys;

/** A secret, this once. Nothing closes it, nor leads away from it, but the word of whoever looks at it that it is stored; then it is gone from the page. */
export function ShownOnce({ value, words, rows = 2, onStored }: ShownOnceProps) {
  const isLost = value === "";
  const said: ShownOnceWords = { ...ofKey, ...words };
  const letGo = useHold(!isLost);
  const goOn = () => {
    letGo();
    onStored();
  };
  return (
    <Dialog title={isLost ? said.lostTitle : said.title}>
      <Stack gap="md">
        <p>{isLost ? said.lost : said.text}</p>
        {!isLost && <CopyField label={said.label} value={value} rows={rows} />}
        <div>
          <Button onClick={goOn}>{isLost ? said.goOn : said.stored}</Button>
        </div>
      </Stack>
    </Dialog>
  );
}
