import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { RunningApplication } from '../../application.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import type { UpheldOptions } from '../../options.ts'
import { upheld } from '../../upheld.ts'
import { openSite } from './index.ts'

// Nothing here asks the database: nobody listens at this address.
const databaseUrl = 'postgres://nobody@127.0.0.1:1/none'

const application: RunningApplication = {
  name: 'Test',
  tenantSchemas: ['test'],
  migrations: new URL('./', import.meta.url),
  page: { title: 'Security', lede: 'What we promise.', sections: [], contact: 'mailto:security@test.example' },
  claims: [],
  seed: async () => '',
  welcome: async () => [],
  fetch: () => request => new Response(`the application at ${new URL(request.url).pathname}`),
}

/** What the site answers to a path. */
async function answered(path: string, custody: Partial<UpheldOptions>): Promise<Response> {
  const key = { id: '01', cell: '0000', secret: randomBytes(32) }
  const options = { databaseUrl, contextKeyFile: 'none', ...custody }
  const platform = upheld(options, { contextKeys: { current: () => key } })
  const page = openDatabase(databaseUrl, { connectionsMax: 1 })
  try {
    const site = openSite({
      application,
      claims: [],
      platform,
      people: undefined,
      page,
      view: () => Promise.reject(new Error('nobody looks at the log')),
      origin: 'http://site.test',
      clock: systemClock,
      onFailure: () => undefined,
    })
    return await site(new Request(`http://site.test${path}`), { address: '127.0.0.1' })
  } finally {
    await Promise.all([platform.close(), page.close()])
  }
}

suite('a site', () => {
  test('answers links to objects itself, and refuses one that nobody made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-site-'))
    try {
      const custody = {
        vault: {
          deployment: 'test',
          rootKeyFile: join(folder, 'root.key'),
          keyFolder: join(folder, 'keys'),
          floorsFile: join(folder, 'floors.json'),
        },
        objects: { folder: join(folder, 'objects'), linkKeyFile: join(folder, 'links.key') },
      }
      const refused = await answered('/objects/AAAA', custody)
      assert.equal(refused.status, 403)
      assert.match(await refused.text(), /objects\.link_refused/)
      assert.match(refused.headers.get('content-security-policy') ?? '', /sandbox/)
      assert.equal(await (await answered('/objectsAAAA', custody)).text(), 'the application at /objectsAAAA')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('leaves the path of links to the application where there are no objects', async () => {
    assert.equal(await (await answered('/objects/AAAA', {})).text(), 'the application at /objects/AAAA')
  })
})
