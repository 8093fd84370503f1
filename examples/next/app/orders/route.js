import { guarded } from "../../guarded.js";

export const GET = guarded((request) => Response.json({ owner: request.apiKey.ownerId }));

export const POST = guarded({ scopes: ["orders:write"] }, () => Response.json({}, { status: 201 }));
