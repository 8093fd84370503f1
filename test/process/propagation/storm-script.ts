import pg from "pg";
import { startMember, stopMember } from "./fleet.js";
import { startOwnServer } from "./own-server.js";
import { ofEachKind, storm, summaryOf } from "./storm.js";

// node --import ./test/support/typescript-imports.mjs test/process/propagation/storm-script.ts [revocations] [of each other kind]:
// revokes through any of three compiled instances, on a server of its own that commits to the disk.
const revocations = Number(process.argv[2] ?? 2_000);
const others = Number(process.argv[3] ?? 200);
const changers = 4;
// What was started ends with this process, except for the database, which is asked to.
const server = await startOwnServer();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.stop().finally(() => process.exit(1)));
}
const members = [];
for (const name of ["a", "b", "c"]) {
  members.push(await startMember(name, server.env));
}
const bare = new pg.Pool({ connectionString: server.env["DATABASE_URL"], max: changers });
try {
  const report = await storm({
    instances: members.map(({ rpc }) => rpc),
    changes: { ...ofEachKind(others), revoke: revocations },
    capacityMs: 5_000,
    changers,
    progress: (done) => {
      if (done % 250 === 0) {
        console.log(`${done} changes`);
      }
    },
    bareNotify: async () => {
      await bare.query("select pg_notify('storm', '')");
    },
  });
  console.log(summaryOf(report));
  console.log(report.observed.violations.slice(0, 10).join("\n"));
  process.exitCode = report.observed.violations.length > 0 ? 1 : 0;
} finally {
  await bare.end();
  await Promise.all(members.map(stopMember));
  await server.stop();
}
process.exit();
