import type { RateLimits } from "@altalune/sdk/messages";
import { Button, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Sending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { isWholeNumber } from "../form/whole-number.ts";
import { LimitFields, type Limits, rateLimitsOf } from "../keys/limit-fields.tsx";
import { texts } from "../texts.ts";

interface TierFormProps {
  /** Those that it has; undefined: it is to be made. */
  readonly rateLimits?: RateLimits | undefined;
  readonly submitName: string;
  readonly sending: Omit<Sending, "send">;
  readonly onSubmit: (limits: ReturnType<typeof rateLimitsOf>) => void;
  /** What comes before the limits. */
  readonly children: ReactNode;
}

/** What a tier is to allow. */
export function TierForm({ rateLimits, submitName, sending, onSubmit, children }: TierFormProps) {
  const { isBusy, failure, refuse } = sending;
  const [limits, setLimits] = useState<Limits>({
    perMinute: `${rateLimits?.perMinute ?? ""}`,
    perDay: `${rateLimits?.perDay ?? ""}`,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWholeNumber(limits.perMinute) && isWholeNumber(limits.perDay)) {
      onSubmit(rateLimitsOf(limits));
    } else {
      refuse();
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <FormFailure failure={failure} />
        {children}
        <LimitFields legend={texts.tiers.limits} hint={texts.tiers.limitsHint} limits={limits} onChange={setLimits} />
        <div>
          <Button type="submit" loading={isBusy}>
            {submitName}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
