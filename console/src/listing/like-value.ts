/** As long as no name is, and no id of ours: it may be the value of a key. Or the secret of a webhook, which its other characters part. */
export function isLikeValue(text: string): boolean {
  return longParts(text).length > 0 || isLikeWebhookSecret(text);
}

/** So may this be, where an id of somebody else's system is wanted. That may be a hash in hexadecimal, as values of ours never are. */
export function isLikeValueAndNoHash(text: string): boolean {
  return longParts(text).some((part) => !/^[0-9a-f]+$/i.test(part)) || isLikeWebhookSecret(text);
}

function isLikeWebhookSecret(text: string): boolean {
  return /whsec_[0-9A-Za-z+/=_-]{16,}/.test(text);
}

function longParts(text: string): readonly string[] {
  return text.match(/[0-9A-Za-z]{40,}/g) ?? [];
}
