import { Command } from "commander";
import { printTable } from "./table.js";
import { withServices } from "./with-storage.js";

export function jobsCommand(): Command {
  const command = new Command("jobs").description("look at the queue of jobs").exitOverride();
  command
    .command("status")
    .description("list how far the queue is behind, by task")
    .action(() =>
      withServices(async ({ jobQueue }) => {
        const states = [...(await jobQueue.states())];
        if (states.length === 0) {
          process.stdout.write("no job is in the queue\n");
          return;
        }
        const rows = states.map(([task, { waiting, oldestSeconds, failed }]) => [
          task,
          String(waiting),
          waiting === 0 ? "-" : `${oldestSeconds.toFixed(0)} s`,
          String(failed),
        ]);
        printTable(["task", "waiting", "oldest", "failed"], rows);
      }),
    );
  return command;
}
