/** What every measured key grants. */
export const grantedScopes = ["orders:read", "orders:write"];
