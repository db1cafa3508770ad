import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'
import { openOutput } from '../../adapters/log/index.ts'
import { systemClock } from '../../core/clock.ts'
import type { ProcessName } from '../../core/log-values.ts'
import type { ExplainedSetting } from '../console/index.ts'
import { childEnvironment } from './env.ts'
import type { FromChild, Place } from './processes/messages.ts'
import type { JobsPayload, ProverPayload, RecorderPayload, WebPayload } from './processes/payloads.ts'
import { supervise, type ChildSpec, type Supervised } from './processes/supervise.ts'
import { listOf, type Settings } from './settings.ts'
import type { System } from './system/system.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const stopMsMax = 10_000

interface Common {
  readonly system: System
  readonly settings: Settings
  readonly note: (line: string) => void
}

type Shared = Pick<
  ChildSpec,
  'name' | 'module' | 'env' | 'note' | 'clock' | 'silenceMsMax' | 'stopMsMax' | 'onOutput' | 'onLife'
>

/** A child whose lives are written down, and whose own words are kept beside the logs for as long as it lives. */
function child(name: ProcessName, { system, settings, note }: Common, rest: Omit<ChildSpec, keyof Shared>): Supervised {
  const output = openOutput(system.state.log, name)
  const supervised = supervise({
    name,
    module: main,
    env: childEnvironment(),
    note,
    clock: systemClock,
    silenceMsMax: settings.silenceSecsMax * 1000,
    stopMsMax,
    onOutput: bytes => output.append(bytes),
    onLife: life => {
      if ('againMs' in life) system.log.write('child.ended', { child: name, again_ms: life.againMs })
      else system.log.write('child.started', { child: name, pid: life.pid })
    },
    ...rest,
  })
  void supervised.ended.finally(() => output.close()).catch(() => undefined)
  return supervised
}

/** The process that answers people. A second life keeps the address of the first. */
export function webOf(
  options: Common & {
    readonly whenTaken: WebPayload['whenTaken']
    readonly port?: number
    readonly explained: readonly ExplainedSetting[]
  },
): Supervised {
  const { system, settings, note } = options
  const { app, page, identity, staff, console } = system.urls
  let kept: number | undefined
  const payload = (): WebPayload => ({
    app: resolve(settings.app ?? ''),
    stateFolder: system.state.folder,
    urls: { app, page, identity, staff, console },
    verifierKey: system.verifierKey,
    host: settings.host,
    port: kept ?? options.port ?? settings.port,
    whenTaken: kept === undefined ? options.whenTaken : 'refuse',
    ...(settings.publicOrigin === undefined ? {} : { publicOrigin: settings.publicOrigin }),
    trustedProxies: [...listOf(settings.trustedProxies)],
    limits: { bodyBytesMax: settings.bodyBytesMax, requestSecsMax: settings.requestSecsMax },
    settings: [...options.explained],
  })
  const onMessage = (message: FromChild): void => {
    if (message.type === 'ready' && message.place !== undefined) kept = Number(new URL(message.place.address).port)
    if (message.type === 'trouble') note(message.says)
  }
  return child('web', options, { args: ['serve'], payload, onMessage, restarts: true })
}

/** The process that moves what was recorded into the audit logs. */
export function recorderOf(options: Common): Supervised {
  const { system, note } = options
  const payload = (): RecorderPayload => ({
    stateFolder: system.state.folder,
    url: system.urls.record,
    host: system.logOrigin.split('/')[0] ?? system.logOrigin,
  })
  const onMessage = (message: FromChild): void => {
    if (message.type === 'trouble') note(message.says)
  }
  return child('record', options, { args: ['record'], payload, onMessage, restarts: true })
}

/** The process that sends mails, ends what is over, and clears away. */
export function jobsOf(options: Common & { readonly origin: string }): Supervised {
  const { system, settings, origin, note } = options
  const { mailServer: server, mailFrom: from } = settings
  const { app, staff, jobs } = system.urls
  const payload = (): JobsPayload => ({
    app: resolve(settings.app ?? ''),
    stateFolder: system.state.folder,
    urls: { app, staff, jobs },
    origin,
    mail: { from, ...(server === undefined ? {} : { server }) },
  })
  const onMessage = (message: FromChild): void => {
    if (message.type === 'trouble') note(message.says)
  }
  return child('jobs', options, { args: ['work'], payload, onMessage, restarts: true })
}

/** The process that attacks. `work` is told how many lives it had before. */
export function proverOf(
  options: Common & {
    readonly place: Place
    readonly work: (starts: number) => ProverPayload['work']
    readonly claim?: string
    readonly restarts: boolean
    readonly onMessage: (message: FromChild) => void
  },
): Supervised {
  const { system, settings, place, claim, onMessage, restarts } = options
  let starts = 0
  const payload = (): ProverPayload => {
    const work = options.work(starts)
    starts += 1
    return {
      app: resolve(settings.app ?? ''),
      stateFolder: system.state.folder,
      adminUrl: system.adminUrl,
      ownServer: system.ownServer,
      urls: system.urls,
      ...place,
      logOrigin: system.logOrigin,
      work,
      ...(claim === undefined ? {} : { claim }),
    }
  }
  return child('prover', options, { args: ['prove'], payload, onMessage, restarts })
}
