import type { Branding } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";
import classes from "./banner.module.css";
import { textOn } from "./text-on.ts";

interface BannerProps {
  readonly branding: Branding | undefined;
  /** Empty: nowhere. */
  readonly returnUrl: string;
}

/** The project's name, colour and logo, and the way back to where the owner came from. */
export function Banner({ branding, returnUrl }: BannerProps) {
  const color = branding?.color ?? "";
  const logo = branding?.logo ?? new Uint8Array();
  return (
    // Set by scripts one by one, which the page's policy lets, unlike a style in markup.
    <header className={classes["banner"]} style={color === "" ? {} : { backgroundColor: color, color: textOn(color) }}>
      <div className={classes["inside"]}>
        {logo.length > 0 && <img className={classes["logo"]} src={addressOf(logo)} alt="" />}
        <span className={classes["name"]}>{branding?.name}</span>
        {returnUrl !== "" && (
          <a className={classes["back"]} href={returnUrl} target="_top" rel="noreferrer">
            {texts.portal.back}
          </a>
        )}
      </div>
    </header>
  );
}

/** The picture itself. What kind it is its first byte tells: the service takes three. */
function addressOf(picture: Uint8Array): string {
  const kind = picture[0] === 0x89 ? "png" : picture[0] === 0xff ? "jpeg" : "webp";
  return `data:image/${kind};base64,${btoa(String.fromCharCode(...picture))}`;
}
