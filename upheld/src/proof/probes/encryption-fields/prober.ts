import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { cannotProbe, type DiskWatch, type OutputPiece, type Report, type World } from '../../claims/index.ts'
import { plant, tablesOf, uproot, type Actor, type Table } from '../attacks/index.ts'
import type { Organization } from '../../../index.ts'
import { actorOf, counter } from '../organization.ts'
import { openWithoutRight, sealForAlmost } from './almost.ts'
import { envelopeOf, placeOf, sealInto, type Canary } from './canaries.ts'
import { sealedColumnsOf, type SealedColumn } from './columns.ts'
import { findIn, searchAll, type Wanted } from './leaks.ts'
import { move, mustOpen, mustStayShut, spoiltFrom, storePlain } from './moves.ts'
import { sealMuch, sealTwice } from './noise.ts'
import { compareIndexes, printAll, provokeError } from './printed.ts'
import { attackSeeds } from './seeds.ts'

/** Canaries are sealed into every sealed column, moved, spoilt, printed, and looked for on the disks. */
export async function attackFields(world: World, report: Report): Promise<void> {
  const login = world.login('app')
  const platform = world.open({ connectionsMax: 2 })
  try {
    const tables = await tablesOf(login, {
      schemas: world.tenantSchemas,
      tenantOf: table => (table.columns.some(one => one.name === 'organization_id') ? ['organization_id'] : []),
    })
    const columns = await sealedColumnsOf(login, world.tenantSchemas)
    report.population('sealed columns', columns.length)
    if (columns.length === 0) return
    const organizations = [platform.organization(world.thief), platform.organization(world.victim)] as const
    for (const one of organizations) await uproot(actorOf(one), tables)
    try {
      await attackAll(world, { columns, tables, organizations }, report)
      await attackSeeds(world, report)
    } finally {
      for (const one of organizations) await uproot(actorOf(one), tables)
    }
  } finally {
    await platform.close()
    await login.close()
  }
}

interface Ground {
  readonly columns: readonly SealedColumn[]
  readonly tables: readonly Table[]
  readonly organizations: readonly [thief: Organization, victim: Organization]
}

async function attackAll(world: World, ground: Ground, report: Report): Promise<void> {
  const watch = await world.disk.watch()
  try {
    const mark = await world.outputs.mark()
    const secrets = await attackWatched(watch, ground, report)
    await searchOutputs(world.outputs.pieces(mark), secrets, report)
  } finally {
    await watch.close()
  }
}

/** Gives every value that was sealed. */
async function attackWatched(watch: DiskWatch, ground: Ground, report: Report): Promise<readonly Wanted[]> {
  const { columns, organizations } = ground
  const [thief, victim] = organizations
  const marker = randomBytes(6).toString('hex')
  const own = await sown(ground, thief, firstRow, { mark: marker })
  // A table that has one row for each organization has no other row to move a value to.
  const second = await sown(ground, thief, secondRow, { whereFits: true })
  const theirs = await sown(ground, victim, firstRow)
  const all = [...own, ...second, ...theirs]
  await mustOpen(all)
  const secrets: Wanted[] = all.map(({ value, column }) => ({ value, where: placeOf(column) }))
  for (const canary of own) {
    const [beside, strange] = [second, theirs].map(others => others.find(({ column }) => column === canary.column))
    if (beside !== undefined) await move(beside, canary, 'move a value to another row', report)
    if (strange !== undefined) await move(strange, canary, 'move a value to another organization', report)
    for (const other of own) {
      if (other !== canary) await move(other, canary, 'move a value to another column', report)
    }
    for (const [attack, bytes] of spoiltFrom(await envelopeOf(canary))) {
      await mustStayShut(canary, bytes, attack, placeOf(canary.column), report)
    }
    await sealForAlmost(canary, report)
    await sealTwice(canary, report)
    secrets.push(...(await sealMuch(canary, report)))
    await storePlain(canary, report)
    await printAll(canary, report)
    await provokeError(canary, report)
    await openWithoutRight(canary, report)
  }
  await compareIndexes(columns, organizations, report)
  await searchDisks(watch, marker, secrets, report)
  return secrets
}

/** What rows of sealed columns are called. */
interface RowName {
  readonly uuid: string
  /** Above whatever `counter` gives, and a smallint holds it. */
  readonly number: number
}

/**
 * Of one name in every table and in both organizations: only the rest of the address tells them apart. And the same in
 * every run: whoever a row is about has a key, and the keys of nobody would pile up.
 */
const firstRow: RowName = { uuid: 'ca0a0000-0000-4000-8000-000000000001', number: 31_001 }
const secondRow: RowName = { uuid: 'ca0a0000-0000-4000-8000-000000000002', number: 31_002 }

interface Sowing {
  readonly mark?: string
  /** Tables in which no second row fits are left out. */
  readonly whereFits?: boolean
}

function nameOfRow(columns: readonly SealedColumn[], { uuid, number }: RowName): NonNullable<Actor['hint']> {
  return (table, { name, base }) => {
    if (!columns.some(({ relation, keys }) => relation === table.label && keys.includes(name))) return undefined
    return base === 'uuid' ? uuid : base === 'text' ? `row-${number}` : String(number)
  }
}

async function sown(
  { columns, tables }: Ground,
  organization: Organization,
  name: RowName,
  { mark = randomBytes(6).toString('hex'), whereFits = false }: Sowing = {},
): Promise<readonly Canary[]> {
  const actor: Actor = { ...actorOf(organization), hint: nameOfRow(columns, name) }
  const planted = await plant(actor, tables, {
    mark,
    fresh: counter(),
    ...(whereFits ? { onFailure: () => undefined } : {}),
  })
  const stands = (label: string): boolean => tables.some(one => one.label === label && planted.find(one) !== undefined)
  const some = whereFits ? columns.filter(({ relation }) => stands(relation)) : columns
  return sealInto(organization, some, tables, planted)
}

/** Every store must show what was never sealed, or nothing was read of it. */
async function searchDisks(
  watch: DiskWatch,
  marker: string,
  secrets: readonly Wanted[],
  report: Report,
): Promise<void> {
  const shown = await searchAll(watch.pieces(), { secrets, marker }, report)
  for (const store of ['database files', 'write-ahead log', 'dump']) {
    if (!shown.has(store))
      throw cannotProbe(`What was written in clear was not found in the ${store}: it was not read.`)
  }
}

/** What was written down as text meanwhile. That logs are read at all is the business of `logs.restricted`. */
async function searchOutputs(
  pieces: AsyncIterable<OutputPiece>,
  secrets: readonly Wanted[],
  report: Report,
): Promise<void> {
  for await (const piece of pieces) {
    const { store, name } = piece
    const where = store === 'logs' ? basename(name) : 'the log of the database server'
    const leaked = await findIn(piece.bytes(), secrets, 'utf8')
    if (leaked.length === 0) report.observe(`read the ${store}`, where)
    for (const one of leaked)
      report.refute({ attack: `read the ${store}`, where, saw: `the value that was sealed in ${one.where}, in clear` })
  }
}
