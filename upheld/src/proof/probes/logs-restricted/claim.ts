import { Agent } from 'node:http'
import { basename } from 'node:path'
import { pause } from '../../../core/clock.ts'
import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import {
  cannotProbe,
  claim,
  loginRoles,
  siteOf,
  type Entrance,
  type OutputMark,
  type Report,
  type World,
} from '../../claims/index.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import { rowsOf } from '../isolation-routes/rows.ts'
import { ask, type Answer, type Asked, type Line } from '../isolation-routes/wire.ts'
import { malformed, sendBytes } from './bytes.ts'
import { leaveControl, nothingToFind, type Control } from './control.ts'
import { inOrder, requestsOf } from './inputs.ts'
import { readAsLogins } from './readers.ts'
import { sabotages } from './sabotages.ts'
import { openSecrets, type Leak, type Secrets } from './secrets.ts'
import { failInHandle, failInLogin } from './statements.ts'

export const logsRestricted = claim({
  kind: 'proven',
  id: 'logs.restricted',
  sentence:
    'Our logs hold nothing of what is sent to us: no password, no token, no text of a request. They are readable by the account that runs the service, and by no login of the database.',
  population: 'every input of the declared routes and of the database, against every log and all that processes print',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: [
    'the application declares every route that it mounts',
    'what a process prints goes to its supervisor, which keeps it with the logs',
  ],
  notCovered: [
    'less than eight letters of a secret',
    'secrets that were encrypted or digested before they were logged',
    'what the application sends elsewhere, such as to a service that collects errors',
    'the log of a database server that goes to a pipe, a journal or another host: there its settings are looked at',
  ],
  mappings: { asvs: ['v5.0.0-16.2.5', 'v5.0.0-16.4.2'], caiq: ['LOG-04.1', 'LOG-09.1'], iso27001: ['A.8.15'] },
  probe: {
    says: 'Secrets are sent into every input: paths, queries, headers, cookies, bodies, bytes that are no request, statements that fail. All logs, all that processes print, the log of the database server and error pages are searched for them, whole and in halves, in ten encodings.',
    source: import.meta.url,
    run: spill,
  },
  sabotages,
})

/** What is printed by another process arrives a moment later. */
const arrivalMs = 200
const together = 4

interface Spill {
  readonly world: World
  readonly report: Report
  readonly secrets: Secrets
  readonly leaks: Leaks
}

/** A twin was broken on purpose: one finding says so, and the rest is spared. */
class Enough extends Error {}

async function spill(world: World, given: Report): Promise<void> {
  const { entrance } = world
  if (entrance === undefined || entrance.routes.declared.length === 0) {
    given.population('inputs', 0)
    return
  }
  const report = world.place === 'live' ? given : endedByFinding(given)
  const secrets = openSecrets()
  const inside: Spill = { world, report, secrets, leaks: openLeaks(report) }
  const mark = await world.outputs.mark()
  const agent = new Agent({ keepAlive: true, maxSockets: together })
  try {
    const line: Line = { origin: await world.origin(), agent, signal: report.signal }
    await failInHandle(world, secrets)
    await Promise.all(loginRoles.map(role => failInLogin(world, role, secrets)))
    for (const [input, bytes] of malformed(secrets)) {
      const leak = secrets.searchText(await sendBytes(line.origin, bytes))
      if (leak !== undefined) inside.leaks.found(leak, `the answer to ${input}`)
    }
    const control = await leaveControl(line, entrance.routes.declared)
    await overHttp(inside, entrance, line, mark)
    await search(inside, mark, control)
  } catch (thrown) {
    if (thrown instanceof Enough) return
    throw thrown
  } finally {
    agent.destroy()
  }
}

/** The whole search, whose result counts. */
async function search(inside: Spill, mark: OutputMark, control: Control): Promise<void> {
  const { world, report, secrets, leaks } = inside
  await pause(arrivalMs, report.signal)
  const outputs = await searchOutputs(inside, mark, control)
  const inputs = new Set(secrets.planted.map(({ input }) => input))
  report.population('inputs', inputs.size)
  report.population('outputs', outputs.size)
  for (const input of inputs) if (!leaks.has(input)) report.observe('a secret in this input', input)
  await readAsLogins(world, report)
  // A search that found something has shown that it can, and went no further.
  if (leaks.none()) control.mustBeSeen()
}

function endedByFinding(report: Report): Report {
  return {
    ...report,
    refute(finding) {
      report.refute(finding)
      throw new Enough()
    },
  }
}

async function overHttp(inside: Spill, { routes, author }: Entrance, line: Line, mark: OutputMark): Promise<void> {
  const { world, report, secrets } = inside
  const platform = world.open({ connectionsMax: 2 })
  const organization = platform.organization(author)
  const rows = await rowsOf(world)
  const site = await siteOf(world)
  const sendTo = async (some: readonly DeclaredRoute[], own: Furnishing): Promise<void> => {
    for (const route of some) {
      const waiting = requestsOf(route, own, secrets, site).values()
      const lane = async (): Promise<void> => {
        for (const asked of waiting) judge(inside, nameOf(route), asked, await ask(line, asked))
      }
      await Promise.all(Array.from({ length: together }, lane))
    }
  }
  try {
    await rows.clear(organization)
    const own = await routes.furnish(organization, 'spilled').catch((cause: unknown) => {
      throw cannotProbe('The application could not furnish an organization for the probe.', cause)
    })
    const { first, rest } = inOrder(routes.declared)
    await sendTo(first, own)
    if (world.place === 'twin') {
      await pause(arrivalMs, report.signal)
      await searchOutputs(inside, mark, nothingToFind)
    }
    await sendTo(rest, own)
  } finally {
    await rows.clear(organization)
    await platform.close()
  }
}

/**
 * An error page of the server's own fault says nothing of the request. Other answers may show somebody what they sent,
 * as a form does with what was filled in wrong; but never what proves who they are.
 */
function judge({ secrets, leaks }: Spill, route: string, { headers }: Asked, answer: Answer): void {
  const said = `${Object.entries(answer.headers).flat().join('\n')}\n${answer.body}`
  const leak = answer.status >= 500 ? secrets.searchText(said) : proving(headers, said, secrets)
  if (leak !== undefined) leaks.found(leak, `an answer of ${route}, status ${answer.status}`)
}

function proving(headers: Asked['headers'], said: string, secrets: Secrets): Leak | undefined {
  const sent = `${headers['authorization'] ?? ''}\n${headers['x-api-key'] ?? ''}`
  const input = secrets.planted.find(({ text }) => sent.includes(text) && said.includes(text))?.input
  return input === undefined ? undefined : { input, form: 'as it is' }
}

/** Gives the places that were searched. */
async function searchOutputs(
  { world, report, secrets, leaks }: Spill,
  mark: OutputMark,
  control: Pick<Control, 'watch'>,
): Promise<ReadonlySet<string>> {
  const outputs = new Set<string>()
  for await (const piece of world.outputs.pieces(mark)) {
    const { store, name, mode } = piece
    const place = store === 'logs' ? `log ${basename(name)}` : 'the log of the database server'
    outputs.add(place)
    const leak = await secrets.search(control.watch(piece.bytes()))
    if (leak === undefined) report.observe('everything that was sent', place)
    else leaks.found(leak, place)
    if (mode === undefined) continue
    const attack = 'read it with another account'
    if ((mode & 0o077) === 0) report.observe(attack, place)
    else report.refute({ attack, where: place, saw: `its rights are ${mode.toString(8)}` })
  }
  return outputs
}

interface Leaks {
  found(leak: Leak, place: string): void
  has(input: string): boolean
  none(): boolean
}

function openLeaks(report: Report): Leaks {
  const inputs = new Set<string>()
  return {
    found({ input, form }, place) {
      inputs.add(input)
      report.refute({ attack: 'a secret in this input', where: input, saw: `it stands in ${place}, ${form}` })
    },
    has: input => inputs.has(input),
    none: () => inputs.size === 0,
  }
}
