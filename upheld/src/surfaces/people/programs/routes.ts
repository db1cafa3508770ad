import { ssoBackRoutes } from '../door/sso-back.ts'
import { ssoRoutes } from '../door/sso.ts'
import { connectRoutes } from '../organization/connect.ts'
import { directoryRoutes } from '../organization/directory.ts'
import { domainRoutes } from '../organization/domains.ts'
import { keyRoutes } from '../organization/keys.ts'
import { signingInRoutes } from '../organization/providers.ts'
import { visitorPageRoutes } from '../organization/visitors.ts'
import type { Route } from '../route.ts'
import { scimRoutes } from './scim.ts'
import { visitorRoutes } from './visitors.ts'

/** Who comes by a program or a provider, and the pages on which an organization lets them in. */
export const programRoutes: readonly Route[] = [
  ...ssoRoutes,
  ...ssoBackRoutes,
  ...keyRoutes,
  ...signingInRoutes,
  ...connectRoutes,
  ...domainRoutes,
  ...directoryRoutes,
  ...scimRoutes,
]

/** There only where the application says what visitors may do. */
export const routesOfVisitors: readonly Route[] = [...visitorPageRoutes, ...visitorRoutes]
