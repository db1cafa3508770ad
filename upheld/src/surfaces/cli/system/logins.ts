import { openLogins } from '../../../adapters/postgres/logins.ts'
import type { LoginRole } from '../../../proof/claims/index.ts'

/** The database's name of each login. */
const roles: Readonly<Record<LoginRole, `upheld_${LoginRole}`>> = Object.freeze({
  app: 'upheld_app',
  migrate: 'upheld_migrate',
  proof: 'upheld_proof',
  record: 'upheld_record',
  page: 'upheld_page',
})

export interface Logins {
  /** By the name of the role. */
  readonly passwords: Readonly<Record<`upheld_${LoginRole}`, string>>
  /** The address of the same database for each login. */
  urls(adminUrl: string): Readonly<Record<LoginRole, string>>
}

/** The five logins of a system, made at its first start. */
export function loginsOf(path: string): Logins {
  const file = openLogins(path)
  const passwords = {
    upheld_app: file.ensure(roles.app),
    upheld_migrate: file.ensure(roles.migrate),
    upheld_proof: file.ensure(roles.proof),
    upheld_record: file.ensure(roles.record),
    upheld_page: file.ensure(roles.page),
  }
  const urlAs = (adminUrl: string, role: LoginRole): string => {
    const url = new URL(adminUrl)
    url.username = roles[role]
    url.password = passwords[roles[role]]
    return url.href
  }
  return Object.freeze({
    passwords,
    urls: (adminUrl: string) =>
      Object.freeze({
        app: urlAs(adminUrl, 'app'),
        migrate: urlAs(adminUrl, 'migrate'),
        proof: urlAs(adminUrl, 'proof'),
        record: urlAs(adminUrl, 'record'),
        page: urlAs(adminUrl, 'page'),
      }),
  })
}
