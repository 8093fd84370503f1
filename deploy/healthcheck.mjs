// Whether the service in this container is ready, by exit code: the image has no shell and no curl to ask by.
import http from "node:http";
import https from "node:https";

const { HOST, PORT, TLS_CERT, TLS_CERT_FILE } = process.env;
const everywhere = ["", "0.0.0.0", "::"];

const request = (TLS_CERT || TLS_CERT_FILE ? https : http).get({
  host: everywhere.includes(HOST ?? "") ? "127.0.0.1" : HOST,
  port: PORT || 8080,
  path: "/readyz",
  // The certificate is for the name that clients use.
  rejectUnauthorized: false,
  timeout: 4_000,
});
request.on("timeout", () => request.destroy(new Error("no answer within 4 seconds")));
request.on("error", ({ message }) => end(1, message));
request.on("response", (response) => end(response.statusCode === 200 ? 0 : 1, `status ${response.statusCode}`));

function end(code, said) {
  console.log(said);
  process.exit(code);
}
