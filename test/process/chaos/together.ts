import type pg from "pg";

/** How creations shared transactions. */
export interface Together {
  readonly creations: number;
  readonly transactions: number;
  readonly most: number;
  /** Transactions with creations in more than one project. */
  readonly ofSeveralProjects: number;
}

/** Tells it from the rows of their events, which are never written again: each names the transaction that wrote it. */
export async function createdTogether(client: pg.Client): Promise<Together> {
  const { rows } = await client.query<Record<keyof Together, string>>(`
    select sum(creations) as creations, count(*) as transactions, max(creations) as most,
      count(*) filter (where projects > 1) as "ofSeveralProjects"
    from (
      select count(*) as creations, count(distinct project_id) as projects
      from altalune_audit_events where action = 'api_key.created' group by xmin::text
    ) as transaction`);
  const { creations = 0, transactions = 0, most = 0, ofSeveralProjects = 0 } = rows[0] ?? {};
  return {
    creations: Number(creations),
    transactions: Number(transactions),
    most: Number(most),
    ofSeveralProjects: Number(ofSeveralProjects),
  };
}
