import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { newOrganizationId } from '../../src/core/ids.ts'
import {
  claim,
  type Probe,
  type ProvenClaim,
  type Stage,
  type TwinWorld,
  type World,
} from '../../src/proof/claims/index.ts'

/** The smallest system that can keep a promise and break it: three rooms over HTTP, each with a lock. */
export interface Doors {
  readonly stage: Stage
  readonly rooms: readonly string[]
  /** Breaks the live system, and mends it. */
  setLocked(locked: boolean): void
  /** Whether the live system answers at all. */
  setAnswering(answering: boolean): void
  /** How many twins were opened, and how many of them are still there. */
  twins(): { readonly opened: number; readonly left: number }
  close(): Promise<void>
}

const rooms = ['/attic', '/cellar', '/study']

export async function openDoors(): Promise<Doors> {
  const live = await openHouse('live')
  const left = new Set<House>()
  let opened = 0
  return Object.freeze({
    rooms,
    stage: {
      live: live.world,
      async twin() {
        opened += 1
        const house = await openHouse('twin')
        left.add(house)
        const undo: (() => Promise<void>)[] = []
        const world: TwinWorld = { ...house.world, ...unused, place: 'twin', defer: step => void undo.push(step) }
        locks.set(world, house)
        return {
          world,
          async drop() {
            for (const step of undo.toReversed()) await step()
            await house.close()
            left.delete(house)
          },
        }
      },
    },
    setLocked: (locked: boolean) => void (live.lock.closed = locked),
    setAnswering: (answering: boolean) => void (live.lock.answering = answering),
    twins: () => ({ opened, left: left.size }),
    close: () => live.close(),
  })
}

interface House {
  readonly world: World
  readonly lock: { closed: boolean; answering: boolean }
  close(): Promise<void>
}

function notHere(): never {
  throw new Error('a house has no database')
}
const raw = { mark: notHere, pieces: notHere }
const closed = {
  login: notHere,
  open: notHere,
  forge: notHere,
  disk: { watch: notHere },
  outputs: raw,
  recording: { start: notHere, anchoredHead: notHere },
  keys: notHere,
}
const unused = {
  admin: { query: notHere, transaction: notHere, close: notHere },
  serve: notHere,
  loginLike: notHere,
  recordWith: notHere,
  sign: notHere,
  logFolder: 'nowhere',
}
const [one, two] = [newOrganizationId(), newOrganizationId()]

const locks = new WeakMap<TwinWorld, House>()

async function openHouse(place: 'live' | 'twin'): Promise<House> {
  const lock = { closed: true, answering: true }
  const server: Server = createServer((request, response) => {
    if (!lock.answering) return void request.destroy()
    const known = rooms.includes(request.url ?? '')
    response.writeHead(known ? (lock.closed ? 403 : 200) : 404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = addressOf(server)
  const origin = `http://127.0.0.1:${port}`
  return {
    world: { place, origin: async () => origin, pagePath: '/', tenantSchemas: [], thief: one, victim: two, ...closed },
    lock,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port is expected')
  return address
}

type Parts = Partial<ProvenClaim> & {
  readonly run?: Probe['run']
  readonly apply?: ProvenClaim['sabotages'][number]['apply']
  readonly says?: string
}

/** The promise that all rooms are locked, with a probe that rattles at each door. Any part can be another. */
export function doorClaim({
  run = rattle,
  apply = unlock,
  says = 'Rattles at every door.',
  ...parts
}: Parts = {}): ProvenClaim & { readonly probe: Probe } {
  return claim({
    kind: 'proven',
    id: 'doors.locked',
    sentence: 'Every room is locked for whoever has no key.',
    population: 'every room of the house',
    freshnessMins: 60,
    observationsMin: rooms.length,
    timeoutSecs: 20,
    assumptions: [],
    notCovered: [],
    mappings: {},
    probe: { says, source: import.meta.url, run },
    sabotages: [{ name: 'unlocked', says: 'Somebody unlocked the house.', source: import.meta.url, apply }],
    ...parts,
  })
}

export const rattle: Probe['run'] = async (world, report) => {
  report.population('rooms', rooms.length)
  const origin = await world.origin()
  for (const room of rooms) {
    const { status } = await fetch(`${origin}${room}`, { signal: report.signal })
    if (status === 403) report.observe('walk in', room)
    else report.refute({ attack: 'walk in', where: room, saw: `status ${status}` })
  }
}

export const unlock: ProvenClaim['sabotages'][number]['apply'] = async twin => {
  const house = locks.get(twin)
  if (house === undefined) throw new Error('this twin is not a house')
  house.lock.closed = false
  return twin
}
