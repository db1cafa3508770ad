// The prober of a live system in a process of its own, for a test that kills it: node live-prober.ts '<settings as JSON>'
import { tmpdir } from 'node:os'
import { z } from 'zod'
import { attackRows } from '../../src/proof/probes/isolation-rows/prober.ts'
import { loginRoles } from '../../src/foundation/tenancy/index.ts'
import { openStage } from '../../src/surfaces/prover/index.ts'

const settings = z
  .strictObject({
    adminUrl: z.string(),
    urls: z.record(z.enum(loginRoles), z.string()),
    key: z.strictObject({ id: z.string(), cell: z.string(), secret: z.string() }),
    tenantSchemas: z.array(z.string()),
    migrations: z.string(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const key = { ...settings.key, secret: Buffer.from(settings.key.secret, 'hex') }
const stage = await openStage({
  application: {
    name: 'Test',
    page: { title: 'Security', lede: 'What we promise.', sections: [], contact: 'mailto:security@test.example' },
    claims: [],
    seed: async () => 'nothing to seed',
    welcome: async () => [],
    fetch: () => () => new Response('test'),
    tenantSchemas: settings.tenantSchemas,
    migrations: new URL(settings.migrations),
  },
  claims: [],
  adminUrl: settings.adminUrl,
  urls: settings.urls,
  contextKeys: { current: () => key },
  custody: {},
  people: { pepperFile: '', guessKeyFile: '', supportKeyFile: '' },
  scratch: tmpdir(),
  auditHead: () => undefined,
  logs: { folder: tmpdir() },
  address: 'http://127.0.0.1:1',
  origin: 'http://127.0.0.1:1',
})
await attackRows(stage.live, {
  population: () => undefined,
  observe: () => undefined,
  refute: () => undefined,
  signal: new AbortController().signal,
})
await stage.close()
