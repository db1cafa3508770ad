import type { Application } from 'upheld'
import { seed, welcome } from './seed/index.ts'
import { access } from './src/access/permissions.ts'
import { fileFormBytesMax } from './src/attachments/pages.ts'
import { desk, routes } from './src/desk.ts'
import { declaredRoutes } from './src/entrance/declared.ts'
import { furnish } from './src/entrance/furnish.ts'

/** Northwind Desk, for `upheld up --app desk/upheld.ts`. */
export const application: Application = {
  name: 'Northwind Desk',
  tenantSchemas: ['desk'],
  migrations: new URL('./migrations/', import.meta.url),
  page: new URL('./security.md', import.meta.url),
  claims: [],
  people: {
    access,
    contextWords: ['northwind', 'desk', 'support'],
    visitors: {
      scopes: ['widget.read', 'widget.write'],
      anonymous: ['widget.read', 'widget.write'],
      assertScope: 'visitor.vouch',
    },
  },
  outsiders: {},
  bodyBytesMax: fileFormBytesMax,
  routes: { declared: declaredRoutes(routes), furnish },
  seed,
  welcome,
  fetch: (upheld, people) => desk(upheld, people),
}
