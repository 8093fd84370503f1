/** Every cluster's superuser, and the only one who logs in. */
export const superuser = "altalune";

/** The database that the service uses, in every cluster. */
export const database = "altalune";
