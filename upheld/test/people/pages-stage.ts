import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert } from '../../src/core/errors.ts'
import type { Caller } from '../../src/core/ports.ts'
import type { Access } from '../../src/guards/access/index.ts'
import type { PeopleOptions } from '../../src/people-options.ts'
import { openPeople, type People, type PeoplePorts } from '../../src/people.ts'
import { openLook } from '../../src/surfaces/look/index.ts'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { startServer, type RunningServer, type TestPeople } from '../../src/testing/index.ts'
import { house } from './identity-stage.ts'

interface OpenedPages {
  readonly people: People
  close(): Promise<void>
}

interface ServedPages extends OpenedPages {
  readonly server: RunningServer
  /** By its name: a secure context for a browser, unlike the address in numbers. */
  readonly origin: string
}

type PeopleOptionsGiven = Pick<PeopleOptions, 'origin'> & Partial<PeopleOptions>
type Ports = Pick<PeoplePorts, 'bend' | 'resolveTxt'> & { readonly access?: Access }

/** People of a test's own database, opened as an application opens them, with key files in a folder of their own. */
export function openPages(
  { platform, clock }: Pick<TestPeople, 'platform' | 'clock'>,
  given: PeopleOptionsGiven,
  { access = house, bend = {}, ...ports }: Ports = {},
): OpenedPages {
  const { vault } = platform.custody
  assert(vault !== undefined, 'a test platform has a vault')
  const folder = mkdtempSync(join(tmpdir(), 'upheld-people-'))
  const people = openPeople(
    platform.upheld,
    access,
    {
      databaseUrl: platform.urls.identity,
      contextKeyFile: 'in memory',
      pepperFile: join(folder, 'peppers'),
      guessKeyFile: join(folder, 'guess.key'),
      supportKeyFile: join(folder, 'support.key'),
      vault,
      product: 'Northwind',
      home: '/inside',
      ...given,
    },
    { clock, contextKeys: { current: () => platform.key }, bend, ...ports },
  )
  return {
    people,
    async close() {
      await people.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The same on a socket, before an application that answers what the pages leave to it. */
export async function servePages(
  base: Pick<TestPeople, 'platform' | 'clock'>,
  inside: (request: Request, site: PeopleSite, caller: Caller) => Response | Promise<Response>,
  given: Partial<PeopleOptions> = {},
  ports: Ports = {},
): Promise<ServedPages> {
  const { promise, resolve } = Promise.withResolvers<PeopleSite>()
  const look = openLook()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    async handle(request, caller) {
      const site = await promise
      return look.fetch(request) ?? (await site.fetch(request, caller)) ?? inside(request, site, caller)
    },
    onFailure: failure => assert(false, failure.code),
  })
  const origin = `http://localhost:${server.port}`
  const pages = openPages(base, { origin, ...given }, ports)
  resolve(pages.people.site)
  return {
    people: pages.people,
    server,
    origin,
    async close() {
      await server.close()
      await pages.close()
    },
  }
}
