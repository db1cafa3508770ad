import type { Application } from 'upheld'
import { securityPage } from './security-page.ts'
import { seed, welcome } from './seed/index.ts'
import { desk } from './src/desk.ts'

/** Northwind Desk, for `upheld up --app desk/upheld.ts`. */
export const application: Application = {
  name: 'Northwind Desk',
  tenantSchemas: ['desk'],
  migrations: new URL('./migrations/', import.meta.url),
  page: securityPage,
  claims: [],
  seed,
  welcome,
  fetch: upheld => desk(upheld),
}
