/** Rules about what a login may do beyond its duty. */
const ofLeastPrivilege = /^(role|grant|call|server|session|extension|upheld)\./

/**
 * The promises of the catalogue that a rule of the linter speaks about. Each of its rules is a way for rows to reach
 * another organization: a login that may do too much is one as well.
 */
export function claimsOfLintRule(id: string): readonly string[] {
  return ofLeastPrivilege.test(id) ? ['isolation.rows', 'production.least-privilege'] : ['isolation.rows']
}

/** Rules that go through the roles of the application, one by one. */
export function isOfAppRole(id: string): boolean {
  return /^(role|call|session)\./.test(id)
}
