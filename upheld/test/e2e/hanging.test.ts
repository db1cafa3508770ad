import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { application } from './clinic/hanging.ts'
import { endAll, feedForm, freePort, scratch, start } from './harness.ts'

const hanging = fileURLToPath(new URL('./clinic/hanging.ts', import.meta.url))
const place = scratch()
after(async () => {
  await endAll()
  place.remove()
})

test('a prover that hangs is ended and replaced; the page goes on answering and never shows the claim as upheld', async () => {
  const port = String(await freePort())
  const words = [
    'up',
    '--app',
    hanging,
    '--state',
    join(place.folder, 'state'),
    '--port',
    port,
    '--json',
    '--silence-secs-max',
    '10',
  ]
  const system = start(words)
  const [hangs] = application.claims
  assert.ok(hangs !== undefined)
  await system.until(new RegExp(`prover hung in ${hangs.id} and was ended; it starts again`))
  await system.until(/upheld\s+encryption\.fields/)
  const page = await fetch(`http://127.0.0.1:${port}/security/feed.json`)
  assert.equal(page.status, 200)
  const { claims } = feedForm.parse(await page.json())
  assert.equal(claims.find(({ id }) => id === hangs.id)?.verdict, 'unproven')
})
