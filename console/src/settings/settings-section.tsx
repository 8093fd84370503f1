import { Button, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useId } from "react";
import { FormFailure } from "../form/form-failure.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./settings.module.css";
import type { Reloading, Saving } from "./use-saving.ts";

interface SettingsSectionProps {
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  readonly saving: Saving;
  readonly onSubmit: () => void;
  readonly reloading: Reloading;
  readonly children: ReactNode;
}

/** Settings that are saved together, and what came of it. */
export function SettingsSection(props: SettingsSectionProps) {
  const { title, text, submit, saving, onSubmit, reloading, children } = props;
  const { isBusy, isOtherBusy, failure, outcome } = saving;
  const heading = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <section className={classes["section"]} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          <p className="dimmed">{text}</p>
          <FormFailure failure={failure} />
          {failure?.reason === "ETAG_MISMATCH" && (
            <>
              <div>
                <Button variant="default" loading={reloading.isBusy} onClick={reloading.reload}>
                  {texts.settings.reload}
                </Button>
              </div>
              <FormFailure failure={reloading.failure} />
            </>
          )}
          {children}
          {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
          <div>
            <Button type="submit" loading={isBusy} disabled={isOtherBusy}>
              {submit}
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}
