import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { texts } from "../texts.ts";
import { hasProvider, providerSignInUrl } from "./auth.ts";
import classes from "./sign-in.module.css";

/** The way to the provider, where there is one. */
export function ProviderLink() {
  const [isThere, setIsThere] = useState(false);
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
  if (!isThere) {
    return null;
  }
  return (
    <div className={classes["provider"]}>
      <Text c="dimmed" size="sm">
        {texts.signIn.or}
      </Text>
      <Button component="a" href={providerSignInUrl} variant="default" fullWidth>
        {texts.signIn.provider}
      </Button>
    </div>
  );
}
