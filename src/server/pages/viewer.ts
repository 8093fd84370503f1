/**
 * What is allowed to the page that shows the routes: its own scripts and styles, and calls of this server. Nothing of it comes from
 * elsewhere, or goes there.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
};

/**
 * The page. Its addresses are relative, for proxies that serve it below a path.
 *
 * @param hashes of what it loads
 */
export function viewerPage(hashes: {
  readonly script: string;
  readonly style: string;
  readonly start: string;
}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Altalune over REST</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/viewer.css?v=${hashes.style}">
</head>
<body>
<noscript>This page needs JavaScript. The document that it shows is <a href="openapi.json">openapi.json</a>.</noscript>
<div id="viewer"></div>
<script src="docs/viewer.js?v=${hashes.script}"></script>
<script src="docs/start.js?v=${hashes.start}"></script>
</body>
</html>
`;
}

/** Starts the viewer. A root key that is given to it is kept in the page's memory alone. */
export const startScript = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;
