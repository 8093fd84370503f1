import { QRCodeSVG } from "qrcode.react";
import { texts } from "../texts.ts";
import classes from "./account.module.css";

/** Black on white in every look: cameras take it for nothing else. */
export default function QrCode({ text }: { readonly text: string }) {
  return (
    <QRCodeSVG value={text} marginSize={3} title={texts.account.totp.qr} role="img" className={classes["qr"] ?? ""} />
  );
}
