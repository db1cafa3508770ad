import { join } from 'node:path'
import { pino } from 'pino'
import type { Clock } from '../../core/clock.ts'
import { safeLine, type Log, type LogEvent, type LogFields } from '../../core/log.ts'
import type { ProcessName } from '../../core/log-values.ts'
import { openBoundedFile, type BoundedFile } from './bounded-file.ts'
import { prepareLogFolder } from './folder.ts'

/** Bytes of one log before it is turned over; the one before it is kept. */
const logBytesMax = 4 * 1024 * 1024
/** The same for what a process prints. */
const outputBytesMax = 2 * 1024 * 1024

interface LogOptions {
  /** Such as `.upheld/log`. Made when absent. */
  readonly folder: string
  readonly process: ProcessName
  readonly clock: Clock
  readonly bytesMax?: number
}

/**
 * The log of one process, `<folder>/<process>.log`, one JSON document to a line. Only what the table of core/log.ts
 * allows reaches pino: it is asked to write what was made by `safeLine`, and nothing that a caller gave.
 * @throws log.too_open, log.not_ours, files.not_writable, files.disk_full
 */
export function openLog(options: LogOptions): Log & { close(): void } {
  prepareLogFolder(options.folder)
  const { bytesMax = logBytesMax } = options
  const file = openBoundedFile(join(options.folder, `${options.process}.log`), bytesMax)
  const logger = loggerOn(file, options)
  return Object.freeze({
    write<E extends LogEvent>(event: E, fields: LogFields<E>): void {
      const line = safeLine(event, fields)
      if (line === undefined) return logger.error({ dropped: 1 }, 'log.refused')
      const { dropped } = line
      logger[line.level](dropped === 0 ? line.fields : { ...line.fields, dropped }, line.event)
    },
    close: () => file.close(),
  })
}

function loggerOn(file: BoundedFile, { process: name, clock }: LogOptions) {
  const options = {
    base: { process: name },
    messageKey: 'event',
    formatters: { level: (level: string) => ({ level }) },
    timestamp: () => `,"time":"${clock.now().toISOString()}"`,
  }
  const logger = pino(options, {
    write(line: string) {
      const { lostBefore } = file.append(Buffer.from(line))
      if (lostBefore > 0) logger.error({ lines: lostBefore }, 'log.lost')
    },
  })
  return logger
}

/** What a process prints by itself, as it prints it: a stray line of a library is kept where only its owner reads it. */
export interface OutputFile {
  append(bytes: Uint8Array): void
  close(): void
}

/** @throws log.too_open, log.not_ours, files.not_writable, files.disk_full */
export function openOutput(folder: string, name: ProcessName, bytesMax: number = outputBytesMax): OutputFile {
  prepareLogFolder(folder)
  const file = openBoundedFile(join(folder, `${name}.out.log`), bytesMax)
  return Object.freeze({
    append: (bytes: Uint8Array) => void file.append(bytes),
    close: () => file.close(),
  })
}
