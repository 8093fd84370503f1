import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { AuthRefusal, beginAtProvider, hasProvider } from "./auth.ts";
import classes from "./sign-in.module.css";
import { providerSentence } from "./sign-in-fault.ts";

/** The way to the provider, where there is one, and back to this page. */
export function ProviderLink() {
  const [isThere, setIsThere] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    hasProvider().then(
      (enabled) => isCurrent && setIsThere(enabled),
      // The password still does: whoever cannot be asked offers nothing.
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  useEffect(() => {
    // Whoever comes back from the provider may be given this page as it was left.
    const comeBack = ({ persisted }: PageTransitionEvent) => persisted && setIsBusy(false);
    addEventListener("pageshow", comeBack);
    return () => removeEventListener("pageshow", comeBack);
  }, []);
  if (!isThere) {
    return null;
  }
  const leave = async () => {
    setIsBusy(true);
    setFailure(undefined);
    try {
      location.assign(await beginAtProvider());
    } catch (error) {
      setFailure(error instanceof AuthRefusal ? providerSentence(error.reason) : texts.failures.unreachable);
      setIsBusy(false);
    }
  };
  return (
    <div className={classes["provider"]}>
      <Text c="dimmed" size="sm">
        {texts.signIn.or}
      </Text>
      {failure !== undefined && <Notice tone="bad">{failure}</Notice>}
      <Button variant="default" fullWidth loading={isBusy} onClick={() => void leave()}>
        {texts.signIn.provider}
      </Button>
    </div>
  );
}
