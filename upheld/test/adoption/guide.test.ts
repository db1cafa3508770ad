import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { upheldCommand } from './command.ts'
import { openLegacy, openState, shop } from './legacies.ts'

const guide = readFileSync(new URL('../../../docs/guide/adopt.md', import.meta.url), 'utf8')
const commands = [...guide.matchAll(/^npx upheld (.+)$/gm)].map(match => match[1]?.split(' ') ?? [])

test('every command of the guide does what the guide says, in its order', async () => {
  const database = await openLegacy(shop)
  const state = await openState()
  const reader = ['--database', database.adminUrl]
  try {
    assert.deepEqual(
      commands.map(words => words.slice(0, 2).join(' ')),
      ['adopt plan', 'adopt run', 'adopt undo', 'adopt finish'],
    )
    const [plan = [], run = [], undo = [], finish = []] = commands
    const planned = await upheldCommand([...plan, ...reader])
    assert.equal(planned.code, 0, planned.stderr)
    assert.match(planned.stdout, /steps, all of which can be taken back/)
    assert.match((await upheldCommand([...run, ...reader])).stdout, /The application works as before/)
    assert.match((await upheldCommand([...undo, ...reader])).stdout, /The schema is what it was/)
    assert.match((await upheldCommand([...run, ...reader])).stdout, /The application works as before/)
    const named = finish.map(word => (word === 'shop' ? database.name : word))
    const finished = await upheldCommand([...named, ...reader, '--state', state.folder])
    assert.equal(finished.code, 0, finished.stderr)
    assert.match(finished.stdout, /6 tables belong to 50 organizations now/)
    assert.match(finished.stdout, /select tenant, organization from upheld_adoption\.organization/)
  } finally {
    await database.close()
    state.close()
  }
})
