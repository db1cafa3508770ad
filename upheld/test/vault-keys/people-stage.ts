import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { keyFolder } from '../../src/adapters/keystore/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { assert } from '../../src/core/errors.ts'
import { openSealing } from '../../src/custody.ts'
import { passwordsByName, type Sealing } from '../../src/foundation/tenancy/index.ts'
import type { KeyStore } from '../../src/foundation/vault/index.ts'
import { factors, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { codeAt, stepAt } from '../../src/guards/factors/totp-code.ts'
import { origins, visitors } from '../../src/guards/keys/index.ts'
import type { UpheldOptions } from '../../src/options.ts'
import { platformOptions } from '../../src/surfaces/cli/system/platform.ts'
import { stateAt } from '../../src/surfaces/cli/system/state.ts'
import { testClock, type TestPeople } from '../../src/testing/index.ts'
import { fromBase32, network } from '../people/factors-stage.ts'
import { bearer } from '../people/keys-stage.ts'
import { ssoStage, type House, type SsoStage } from '../people/sso-stage.ts'

/** Somebody with an authenticator app. */
export interface Somebody {
  readonly personId: string
  readonly seed: Uint8Array
  /** The row that the seed is in. */
  readonly row: string
}

/** People with everything that is sealed of them, over keys in a state folder that the command line works on. */
export interface Household {
  readonly sso: SsoStage
  readonly people: TestPeople
  readonly folder: string
  readonly adminUrl: string
  readonly store: KeyStore
  somebody(): Promise<Somebody>
  /** Whether the next code of their app passes, where the application runs and where it was just started. */
  passes(one: Somebody): Promise<boolean>
  house(name: string): Promise<House>
  /** Signs in at the provider: it takes nobody but with the client secret. */
  signsIn(house: House): Promise<boolean>
  visitorOf(house: House): Promise<string>
  letsIn(token: string): Promise<boolean>
  close(): Promise<void>
}

const page = 'https://www.customer.example'

/** A state folder, people over the keys in it, and processes that remember no key of it. */
async function openProcesses() {
  const state = stateAt(mkdtempSync(join(tmpdir(), 'upheld-people-keys-')))
  mkdirSync(state.keys, { mode: 0o700 })
  let vault: UpheldOptions['vault']
  const sso = await ssoStage(({ platform: { urls, key } }) => {
    const { password } = new URL(urls.app)
    writeFileSync(state.logins, JSON.stringify(passwordsByName(() => password)), { mode: 0o600 })
    writeContextKey(state.contextKey, key)
    return (vault = platformOptions(state, urls).vault)
  })
  const opened: { close(): void }[] = []
  return {
    state,
    sso,
    started: (): Sealing => {
      const sealing = openSealing({ vault }, {}, systemClock, id => sso.people.platform.upheld.organization(id))
      assert(sealing !== undefined, 'there is a vault')
      opened.push(sealing)
      return sealing.vault
    },
    close: async (): Promise<void> => {
      for (const one of opened) one.close()
      await sso.close()
      rmSync(state.folder, { recursive: true })
    },
  }
}

export async function openHousehold(): Promise<Household> {
  const { state, sso, started, close } = await openProcesses()
  const { people } = sso
  const application = people.platform.upheld
  const clock = testClock()
  const factorOptions = parseFactorOptions({ issuer: 'Desk', rpId: 'localhost', origins: ['http://localhost:1'] })
  const factorsOver = (sealing: Sealing) => factors({ database: people.database, sealing, clock }, factorOptions).totp
  const widgetOver = (sealing: Sealing) =>
    visitors(
      { tenancy: people.tenancy, application, sealing, clock: people.clock },
      { scopes: ['chat.read'], anonymous: ['chat.read'], assertScope: 'visitor.assert' },
    )
  const running = started()
  const [app, widget] = [factorsOver(running), widgetOver(running)]
  const code = (seed: Uint8Array): string => codeAt(seed, stepAt(clock.now()))
  let count = 0
  return Object.freeze({
    sso,
    people,
    folder: state.folder,
    adminUrl: people.platform.adminUrl,
    store: keyFolder(state.keyFolder, systemClock),
    async somebody() {
      const account = `somebody-${++count}@example.org`
      const personId = await people.person(account)
      const { enrollmentId: row, secret } = await app.begin({ personId, account })
      const seed = fromBase32(secret)
      const { passed } = await app.confirm({ personId, enrollmentId: row, code: code(seed), network })
      assert(passed, 'the code of an app confirms it')
      return { personId, seed, row }
    },
    async passes({ personId, seed }: Somebody) {
      for (const totp of [app, factorsOver(started())]) {
        clock.turn(60)
        const found = await totp.check({ personId, code: code(seed), network }).catch(() => ({ passed: false }))
        if (!found.passed) return false
      }
      return true
    },
    house: (name: string) => sso.house(name),
    async signsIn(house: House) {
      // The provider says the real time.
      people.clock.turn((systemClock.now().getTime() - people.clock.now().getTime()) / 1000)
      const back = await sso.away(house, { sub: 'somebody' })
      return sso.sso.finish(back).then(
        () => true,
        () => false,
      )
    },
    async visitorOf({ organization: { id }, ownerId }: House) {
      await origins({ tenancy: people.tenancy, clock: people.clock }).add(id, { memberId: ownerId }, page)
      return (await widget.begin(id, page)).token
    },
    async letsIn(token: string) {
      const request = { authorization: bearer(token), origin: page }
      const answers = [widget, widgetOver(started())].map(one => one.verify(request, 'chat.read'))
      return (await Promise.all(answers)).every(answer => answer.let === 'in')
    },
    close,
  })
}

/** The domain of what an organization seals into one table of members. */
export const tableDomain = (table: 'sso_connection' | 'visitor_key'): string => `table:upheld_access.${table}`

/** Which key sealed each value of people, by the row. */
export async function keysInRows({ platform }: TestPeople): Promise<ReadonlyMap<string, string>> {
  const { rows } = await platform.admin.query(
    `select id::text as row, seed::bytea as bytes from upheld_identity.totp
     union all select id::text, client_secret::bytea from upheld_access.sso_connection
     union all select organization_id || ' ' || version, secret::bytea from upheld_access.visitor_key`,
  )
  return new Map(rows.map(({ row, bytes }) => [String(row), Buffer.from(Object(bytes)).toString('hex', 4, 12)]))
}
