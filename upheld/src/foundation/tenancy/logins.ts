/** Every login of a running system, by its duty; in the database it is called `upheld_<duty>`. */
export const loginRoles = Object.freeze([
  'app',
  'migrate',
  'proof',
  'record',
  'page',
  'identity',
  'jobs',
  'staff',
  'console',
] as const)

/** `app`: the application; `identity`: people and credentials; `jobs`: what is due; `staff`: reads under a grant; `console`: orders. */
export type LoginRole = (typeof loginRoles)[number]
export type LoginName = `upheld_${LoginRole}`

/** Something for each login. */
export function byLogin<T>(make: (role: LoginRole, name: LoginName) => T): Readonly<Record<LoginRole, T>> {
  const of = (role: LoginRole): T => make(role, `upheld_${role}`)
  return Object.freeze({
    app: of('app'),
    migrate: of('migrate'),
    proof: of('proof'),
    record: of('record'),
    page: of('page'),
    identity: of('identity'),
    jobs: of('jobs'),
    staff: of('staff'),
    console: of('console'),
  })
}

/** Something for each login, by its name in the database. */
export function passwordsByName(make: (role: LoginRole) => string): Readonly<Record<LoginName, string>> {
  return Object.freeze({
    upheld_app: make('app'),
    upheld_migrate: make('migrate'),
    upheld_proof: make('proof'),
    upheld_record: make('record'),
    upheld_page: make('page'),
    upheld_identity: make('identity'),
    upheld_jobs: make('jobs'),
    upheld_staff: make('staff'),
    upheld_console: make('console'),
  })
}
