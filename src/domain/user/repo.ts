import { type Selectable, sql } from "kysely";
import { after } from "../../platform/postgres/after.js";
import { changed } from "../../platform/postgres/changed.js";
import type { Executor } from "../../platform/postgres/database.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { isUniqueViolation } from "../../platform/postgres/errors.js";
import { containing } from "../../platform/postgres/like.js";
import { claimSetting } from "../../platform/postgres/settings.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { UsersTable } from "../../platform/postgres/tables/users.js";
import { UserEmailTakenError, UsernameTakenError } from "./errors.js";
import type { Invitation, UserStore } from "./interface.js";
import { type User, type UserRole, type UserSettings, type UserSort, userRoleNumbers, userRoleOf } from "./model.js";

type UserRow = Selectable<UsersTable>;

/** For how long it is known that a user has signed in from an address. */
const addressDays = 90;

export const userRepo: UserStore = {
  async query(db, listing) {
    let query = db.selectFrom("altalune_users");
    const usernames = listing.filters.get("username");
    if (usernames !== undefined) {
      query = query.where("username", "in", usernames);
    }
    const emails = listing.filters.get("email");
    if (emails !== undefined) {
      query = query.where("email", "in", emails);
    }
    const roles = listing.filters.get("role");
    if (roles !== undefined) {
      query = query.where(
        "role",
        "in",
        roles.map((role) => userRoleNumbers[role as UserRole]),
      );
    }
    if (listing.keyword !== "") {
      const part = containing(listing.keyword);
      query = query.where((eb) =>
        eb.or([eb("username", "ilike", part), eb("email", "ilike", part), eb("display_name", "ilike", part)]),
      );
    }
    return fetchSlice(db, query, (users) => users.selectAll(), userOf, listing, {
      sort: sortColumns[listing.sort.field],
      id: sql.ref<bigint>("id"),
      idOf: (row) => row.id,
    });
  },

  async find(db, publicId) {
    const row = await db.selectFrom("altalune_users").selectAll().where("public_id", "=", publicId).executeTakeFirst();
    return row && userOf(row);
  },

  async findWithPassword(db, id) {
    const row = await db.selectFrom("altalune_users").selectAll().where("id", "=", id).executeTakeFirst();
    return row && withPassword(row);
  },

  async lock(db, publicId) {
    const row = await db
      .selectFrom("altalune_users")
      .selectAll()
      .where("public_id", "=", publicId)
      .forUpdate()
      .executeTakeFirst();
    return row && userOf(row);
  },

  async lockByEmail(db, email) {
    const row = await db
      .selectFrom("altalune_users")
      .selectAll()
      .where("email", "=", email)
      .forUpdate()
      .executeTakeFirst();
    return row && withPassword(row);
  },

  async lockActiveOwners(db) {
    const rows = await db
      .selectFrom("altalune_users")
      .select("id")
      .where("role", "=", userRoleNumbers.owner)
      .where("disabled", "=", false)
      .where("username", "is not", null)
      .orderBy("id")
      .forUpdate()
      .execute();
    return rows.map(({ id }) => id);
  },

  async insert(db, publicId, settings, passwordHash, isStranger = false) {
    const row = await unlessTaken(
      db
        .insertInto("altalune_users")
        .values({
          public_id: publicId,
          ...columnsOf(settings),
          password_hash: passwordHash ?? null,
          email_is_known: !isStranger,
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    return userOf(row);
  },

  async update(db, id, settings) {
    const row = await unlessTaken(
      db
        .updateTable("altalune_users")
        .set({
          ...columnsOf(settings),
          ...changed,
          email_is_known: sql<boolean>`email_is_known or email <> ${settings.email}`,
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    return userOf(row);
  },

  async complete(db, id, username, passwordHash) {
    const row = await unlessTaken(
      db
        .updateTable("altalune_users")
        .set({ username, password_hash: passwordHash, ...changed })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
    return userOf(row);
  },

  async replacePassword(db, id, checkedHash, passwordHash) {
    const outcome = await db
      .updateTable("altalune_users")
      .set({ password_hash: passwordHash, ...changed })
      .where("id", "=", id)
      .where("password_hash", "=", checkedHash)
      .where("disabled", "=", false)
      .executeTakeFirst();
    return outcome.numUpdatedRows > 0n;
  },

  async noteLogin(db, { user, passwordHash, hasSecondFactor }, address) {
    const { rows } = await sql<{ is_noted: boolean }>`
      select altalune_note_login(${user.id}, ${passwordHash ?? null}, ${hasSecondFactor}, ${address}) as is_noted
    `.execute(db);
    return rows[0]?.is_noted === true;
  },

  async noteProvenLogin(db, id) {
    const outcome = await db
      .updateTable("altalune_users")
      .set({ last_login_at: sql`altalune_now()` })
      .where("id", "=", id)
      .where("disabled", "=", false)
      .executeTakeFirst();
    return outcome.numUpdatedRows > 0n;
  },

  async noteAddress(db, id, address) {
    await db
      .insertInto("altalune_user_addresses")
      .values({ user_id: id, address, last_login_at: sql`altalune_now()` })
      .onConflict((conflict) =>
        conflict.columns(["user_id", "address"]).doUpdateSet({ last_login_at: sql`altalune_now()` }),
      )
      .execute();
  },

  async releaseFromClaim(db, id) {
    await db.updateTable("altalune_user_identities").set({ by_claim: false }).where("user_id", "=", id).execute();
  },

  async forgetAddresses(db, id) {
    await db.deleteFrom("altalune_user_addresses").where("user_id", "=", id).execute();
  },

  async knownAt(db, login, address) {
    const row = await db
      .selectFrom("altalune_users as user")
      .leftJoin("altalune_user_addresses as known", (join) =>
        join.onRef("known.user_id", "=", "user.id").on("known.address", "=", address),
      )
      .selectAll("user")
      .select(["known.address", sql<boolean>`altalune_has_second_factor("user".id)`.as("has_second_factor")])
      // No username has an @, and every address has one.
      .where(login.includes("@") ? "email" : "username", "=", login)
      .executeTakeFirst();
    const found = row && { ...withPassword(row), hasSecondFactor: row.has_second_factor };
    return { found, isKnownAddress: (row?.address ?? null) !== null };
  },

  async delete(db, id) {
    await db.deleteFrom("altalune_users").where("id", "=", id).execute();
  },

  async claimFirstSetup(db) {
    return claimSetting(db, "first_setup_link", Buffer.from("made"));
  },

  async invite(db, digest, userId, lifetimeMs) {
    // Whoever makes another link does not trust the one before.
    await db
      .deleteFrom("altalune_user_invitations")
      .where("user_id", "is not distinct from", userId ?? null)
      .execute();
    const row = await db
      .insertInto("altalune_user_invitations")
      .values({ digest, user_id: userId ?? null, expires_at: after(lifetimeMs) })
      .returning("expires_at")
      .executeTakeFirstOrThrow();
    return row.expires_at;
  },

  async takeInvitation(db, digest) {
    const row = await db
      .deleteFrom("altalune_user_invitations")
      .where("digest", "=", digest)
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .returning("user_id")
      .executeTakeFirst();
    return row && invitationOf(db, row.user_id);
  },

  async findInvitation(db, digest) {
    const row = await db
      .selectFrom("altalune_user_invitations")
      .select("user_id")
      .where("digest", "=", digest)
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .executeTakeFirst();
    return row && invitationOf(db, row.user_id);
  },

  async deleteEndedInvitations(db, limit) {
    return deleteSome(db, {
      table: "altalune_user_invitations",
      key: ["digest"],
      where: sql`expires_at < altalune_now()`,
      orderBy: ["expires_at"],
      limit,
    });
  },

  async deleteOldAddresses(db, limit) {
    return deleteSome(db, {
      table: "altalune_user_addresses",
      key: ["user_id", "address"],
      where: sql`last_login_at < altalune_now() - ${sql.lit(addressDays)} * interval '1 day'`,
      orderBy: ["last_login_at"],
      limit,
    });
  },
};

const sortColumns: Readonly<Record<UserSort, SortColumn<UserRow>>> = {
  username: { column: sql`coalesce(username, '')`, type: "text", value: (row) => row.username ?? "" },
  email: { column: sql.ref("email"), type: "text", value: (row) => row.email },
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};

async function invitationOf(db: Executor, userId: bigint | null): Promise<Invitation | undefined> {
  if (userId === null) {
    return { user: undefined };
  }
  const row = await db.selectFrom("altalune_users").selectAll().where("id", "=", userId).executeTakeFirst();
  return row && { user: userOf(row) };
}

async function unlessTaken<Row>(writing: Promise<Row>): Promise<Row> {
  try {
    return await writing;
  } catch (error) {
    if (isUniqueViolation(error, "altalune_users_username_key")) {
      throw new UsernameTakenError();
    }
    throw isUniqueViolation(error, "altalune_users_email_key") ? new UserEmailTakenError() : error;
  }
}

function columnsOf(settings: UserSettings) {
  return {
    username: settings.username === "" ? null : settings.username,
    email: settings.email,
    display_name: settings.displayName,
    role: userRoleNumbers[settings.role],
    project_ids: [...settings.projectIds],
    all_projects: settings.allProjects,
    disabled: settings.disabled,
  };
}

function withPassword(row: UserRow) {
  return { user: userOf(row), passwordHash: row.password_hash ?? undefined };
}

function userOf(row: UserRow): User {
  return {
    id: row.id,
    publicId: row.public_id,
    username: row.username ?? "",
    email: row.email,
    displayName: row.display_name,
    role: userRoleOf(row.role),
    projectIds: row.project_ids,
    allProjects: row.all_projects,
    disabled: row.disabled,
    lastLoginAt: row.last_login_at ?? undefined,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
