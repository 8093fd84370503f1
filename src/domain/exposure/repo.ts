import { type Selectable, sql } from "kysely";
import { insertFrom } from "../../platform/postgres/insert-from.js";
import type { ExposureReportsTable } from "../../platform/postgres/tables/exposure-reports.js";
import type { ExposureStore } from "./interface.js";
import type { WaitingReport } from "./model.js";

type Row = Selectable<ExposureReportsTable>;

/** When a report is due again that somebody has for itself, who may have ended meanwhile. */
const nextTry = sql<Date>`altalune_now() + interval '30 seconds'`;

export const exposureRepo: ExposureStore = {
  async add(db, reports) {
    const values = reports.map(({ digest, source, url, author }) => ({
      digest,
      source,
      url,
      actor: author.actor,
      request_id: author.requestId,
      source_ip: author.clientAddress,
    }));
    const { rows } = await sql<Row>`
      with added as (
        ${insertFrom("altalune_exposure_reports", values)} returning *
      )
      select * from added
    `.execute(db);
    return rows.map(reportOf);
  },

  async takeDue(db, limit) {
    // On the index on try_at.
    const { rows } = await sql<Row>`
      update altalune_exposure_reports as report set try_at = ${nextTry}
      from (
        select id from altalune_exposure_reports
        where try_at <= altalune_now() order by try_at limit ${limit} for update skip locked
      ) as due
      where report.id = due.id
      returning report.*
    `.execute(db);
    return rows.map(reportOf);
  },

  async postpone(db, ids) {
    await sql`
      update altalune_exposure_reports set
        failures = least(failures + 1, 100),
        try_at = altalune_now() + least(interval '30 seconds' * power(2, least(failures, 7) + 1), interval '1 hour')
      where id = any(${[...ids]}::bigint[])
    `.execute(db);
  },

  async remove(db, ids) {
    await sql`delete from altalune_exposure_reports where id = any(${[...ids]}::bigint[])`.execute(db);
  },
};

function reportOf({ id, digest, source, url, actor, request_id, source_ip, failures }: Row): WaitingReport {
  return { id, digest, source, url, author: { actor, requestId: request_id, clientAddress: source_ip }, failures };
}
