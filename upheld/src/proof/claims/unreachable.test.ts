import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { startTestServer } from '../../testing/server.ts'
import { refuse } from './errors.ts'
import { isUnreachable } from './unreachable.ts'
import { trustReport } from './report.ts'
import { systemClock } from '../../core/clock.ts'

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  return work().then(
    () => assert.fail('it was answered'),
    (thrown: unknown) => thrown,
  )
}

/** A port on which somebody takes every connection and ends it at once. */
async function hangingUp() {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = addressOf(server.address())
  return { url: `postgres://nobody@127.0.0.1:${port}/none`, close: () => new Promise(resolve => server.close(resolve)) }
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  assert.ok(typeof address === 'object' && address !== null)
  return address
}

suite('a database that cannot be asked', () => {
  test('a closed port, a name that nobody has, a connection that is ended: the report says unread', async () => {
    const there = await hangingUp()
    const ended = openDatabase(there.url)
    assert.ok(isUnreachable(await thrownBy(() => ended.query('select 1'))))
    await ended.close()
    await there.close()
    const closed = openDatabase(there.url)
    assert.ok(isUnreachable(await thrownBy(() => closed.query('select 1'))))
    const readLog = () => Promise.reject(refuse.cannot_probe())
    const report = await trustReport({ database: closed, claims: [], readLog, clock: systemClock, service: 'Desk' })
    assert.equal(report.unread, true)
    assert.match(report.recordFault ?? '', /cannot be read/)
    await closed.close()
  })
  test('an answer that should not be is none of that: a table that is gone, a right that is missing, a statement that is wrong', async () => {
    const server = await startTestServer()
    const database = openDatabase(server.adminUrl)
    for (const text of ['select * from upheld_proof.turn', 'select 1 / 0', 'selekt']) {
      assert.equal(isUnreachable(await thrownBy(() => database.query(text))), false, text)
    }
    const late = 'set local statement_timeout = 20; select pg_sleep(5)'
    assert.ok(isUnreachable(await thrownBy(() => database.transaction(tx => tx.query(late)))))
    const readLog = () => Promise.reject(new Error('The log makes no sense.'))
    const report = await trustReport({ database, claims: [], readLog, clock: systemClock, service: 'Desk' })
    assert.equal(report.unread, undefined)
    assert.notEqual(report.recordFault, undefined)
    await database.close()
    await server.stop()
  })
  test('what we refuse ourselves is a fault, whatever it is about', () => {
    assert.equal(isUnreachable(refuse.cannot_probe({ detail: 'timeout exceeded' })), false)
    assert.equal(isUnreachable('ECONNREFUSED'), false)
  })
})
