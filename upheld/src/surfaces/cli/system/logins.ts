import { openLogins } from '../../../adapters/postgres/logins.ts'
import { byLogin, passwordsByName, type LoginName, type LoginRole } from '../../../foundation/tenancy/index.ts'

/** The address of the same database for each login. */
export type LoginUrls = Readonly<Record<LoginRole, string>>

export interface Logins {
  /** By the name of the role. */
  readonly passwords: Readonly<Record<LoginName, string>>
  urls(adminUrl: string): LoginUrls
}

/** The logins of a system, made at its first start. */
export function loginsOf(path: string): Logins {
  const file = openLogins(path)
  const passwords = byLogin((_, name) => file.ensure(name))
  return Object.freeze({
    passwords: passwordsByName(role => passwords[role]),
    urls: (adminUrl: string) =>
      byLogin((role, name) => {
        const url = new URL(adminUrl)
        url.username = name
        url.password = passwords[role]
        return url.href
      }),
  })
}
