/** What is served, in GraphQL's own language. `docs/schema.graphql` is the same. */
export const typeDefinitions = `
"""
A point in time by RFC 3339, such as 2027-01-31T09:30:00.000Z.
"""
scalar Time

"""
An API key of the caller's own, without its value.
"""
type APIKey {
  id: ID!
  name: String!
  """
  What may be shown of its value.
  """
  keyPrefix: String!
  scopes: [String!]!
  """
  False: it is refused, for it was revoked or switched off, or has expired.
  """
  isActive: Boolean!
  """
  Null: it was not used yet.
  """
  lastUsedAt: Time
  """
  Null: it does not expire.
  """
  expiresAt: Time
  createdAt: Time!
}

type GenerateAPIKeyResponse {
  """
  The key's value, which is in this answer and nowhere else.
  """
  key: String!
  apiKey: APIKey!
}

type Query {
  """
  The caller's keys, revoked ones included: the newest 250.
  """
  apiKeys: [APIKey!]!
  """
  One of the caller's keys. Null: the caller has none of this id.
  """
  apiKey(id: ID!): APIKey
}

type Mutation {
  """
  Makes a key. A name that is missing is made up; without scopes the key has those that the project gives its owners' keys.
  """
  generateAPIKey(name: String, scopes: [String!]): GenerateAPIKeyResponse!
  """
  Revokes one of the caller's keys, for good. Revoking again succeeds and changes nothing.
  """
  revokeAPIKey(id: ID!): Boolean!
}
`;
