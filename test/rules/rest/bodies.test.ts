import { once } from "node:events";
import { connect } from "node:http2";
import { expect } from "vitest";
import { newProject, uniqueName } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { rest } from "./client.js";

test("white space before a body's object, however much, drops nothing of the path", async ({ instance }) => {
  const [projectId, other] = [await newProject(instance.clients), await newProject(instance.clients)];
  const [name, space] = [uniqueName("project"), " \t\r\n".repeat(50)];
  const named = JSON.stringify({ projectId: other, name });
  const renamed = await rest(instance, `PATCH /v1/projects/${projectId}`, { body: space + named });
  expect(renamed.status).toBe(400);
  const right = await rest(instance, `PATCH /v1/projects/${projectId}`, { body: `${space}{${space}"name":"${name}"}` });
  expect(right).toMatchObject({ status: 200, body: { project: { id: projectId, name } } });
  const empty = await rest(instance, `PATCH /v1/projects/${projectId}`, { body: `${space}{${space}}` });
  expect(empty.status).toBe(400);
});

test("a byte order mark is refused, and what stands behind it is not read", async ({ instance }) => {
  const [projectId, other] = [await newProject(instance.clients), await newProject(instance.clients)];
  const body = `\uFEFF${JSON.stringify({ projectId: other, name: "x" })}`;
  for (const line of [`PATCH /v1/projects/${projectId}`, "POST /altalune.v1.ProjectService/UpdateProject"]) {
    const { status, body: refused } = await rest(instance, line, { body });
    expect(status).toBe(400);
    expect(JSON.stringify(refused)).toContain("byte order mark");
  }
  expect((await instance.clients.projects.getProject({ projectId: other })).project?.name).not.toBe("x");
});

test("a body that is a field of the request cannot end it and go on", async ({ instance }) => {
  const name = uniqueName("tier");
  const body = '{"rateLimits":{"perMinute":1}},"tier":{}';
  expect(await rest(instance, `PUT /v1/tiers/${name}`, { body })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining("must be JSON") },
  });
});

test("over HTTP/2 a body without a length is refused where none is read", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const session = connect(instance.url);
  const stream = session.request(
    {
      ":method": "DELETE",
      ":path": `/v1/projects/${projectId}`,
      authorization: `Bearer ${instance.rootKey}`,
      "content-type": "application/json",
    },
    { endStream: false },
  );
  stream.end(JSON.stringify({ etag: "another" }));
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(400);
  session.destroy();
  expect((await rest(instance, `GET /v1/projects/${projectId}`)).status).toBe(200);
});

test("deadlines of other protocols are not read", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  for (const [name, value] of [
    ["connect-timeout-ms", "abc"],
    ["connect-timeout-ms", "1"],
    ["grpc-timeout", "1n"],
    ["content-type", "application/grpc"],
  ] as const) {
    const answer = await rest(instance, `GET /v1/projects/${projectId}`, { headers: { [name]: value } });
    expect(answer.status, name).toBe(200);
  }
});
