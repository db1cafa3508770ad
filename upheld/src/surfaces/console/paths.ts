/** Addresses of the console. */
export const paths = Object.freeze({
  claims: '/console',
  claim: (id: string) => `/console/claims/${encodeURIComponent(id)}`,
  runs: '/console/runs',
  orders: '/console/orders',
  order: (id: string): `/${string}` => `/console/orders/${id}`,
  events: (id: string) => `/console/orders/${id}/events`,
  settings: '/console/settings',
  health: '/console/health',
  first: '/console/first',
  signOut: '/sign-out',
  publicClaim: (id: string) => `/security/claims/${encodeURIComponent(id)}`,
  proof: (index: number) => `/security/evidence/proof/${index}.tlog-proof`,
  entry: (index: number) => `/security/evidence?before=${index + 1}#entry-${index}`,
})

/** Below which everything is the console's. */
export const root = '/console'
