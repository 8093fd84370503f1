import { BrandingSchema } from "@altalune/sdk/messages";
import { create } from "@bufbuild/protobuf";
import { Stack, TextInput } from "@mantine/core";
import { Banner } from "../portal/banner.tsx";
import { texts } from "../texts.ts";
import type { AccessFields } from "./access-fields.ts";
import type { Faults } from "./faults.ts";
import { LogoField } from "./logo-field.tsx";
import classes from "./settings.module.css";

interface BrandingGroupProps {
  readonly projectName: string;
  readonly fields: Pick<AccessFields, "brandName" | "color" | "logo">;
  readonly onChange: (changes: Partial<AccessFields>) => void;
  readonly faults: Faults;
}

const { branding: words } = texts.settings;

/** How the portal looks, and what owners see of it. */
export function BrandingGroup({ projectName, fields, onChange, faults }: BrandingGroupProps) {
  const { brandName, color, logo } = fields;
  // What is no colour yet is not shown as one.
  const isColor = /^#[0-9a-f]{6}$/i.test(color);
  const shown = create(BrandingSchema, { name: brandName || projectName, color: isColor ? color : "", logo });
  return (
    <fieldset className={classes["group"]}>
      <legend className={classes["legend"]}>{words.title}</legend>
      <Stack gap="md">
        <TextInput
          label={`${words.name} (${texts.form.optional})`}
          description={words.nameHint}
          value={brandName}
          onChange={(event) => onChange({ brandName: event.currentTarget.value })}
          error={faults["branding.name"]}
        />
        <TextInput
          label={`${words.color} (${texts.form.optional})`}
          description={words.colorHint}
          autoCapitalize="none"
          spellCheck={false}
          value={color}
          onChange={(event) => onChange({ color: event.currentTarget.value.trim() })}
          error={faults["branding.color"]}
        />
        <LogoField logo={logo} onChange={(chosen) => onChange({ logo: chosen })} error={faults["branding.logo"]} />
        <figure className={classes["preview"]}>
          <figcaption className={classes["label"]}>{words.preview}</figcaption>
          <div>
            <Banner branding={shown} returnUrl="" />
          </div>
        </figure>
      </Stack>
    </fieldset>
  );
}
