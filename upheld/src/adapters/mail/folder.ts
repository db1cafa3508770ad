import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Clock } from '../../core/clock.ts'
import type { Mailer } from '../../guards/identity/index.ts'
import { refuse } from './errors.ts'
import { messageOf } from './message.ts'
import { parseFolderOptions, type FolderOptions } from './options.ts'

/**
 * Mails as files, to be read with any mail program: for a demo and for development. Each is for its owner alone, since
 * links in it open accounts.
 * @throws mail.bad_options
 */
export function openMailFolder(given: FolderOptions, clock: Clock): Mailer {
  const { path, from } = parseFolderOptions(given)
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  return Object.freeze({
    async send(mail) {
      const now = clock.now()
      const { message } = await transport.sendMail(messageOf(mail, from, now))
      if (!Buffer.isBuffer(message)) throw refuse.unreachable({ detail: 'no message was made' })
      const name = `${now.toISOString().replaceAll(':', '-')}-${mail.id}.eml`
      await mkdir(path, { recursive: true, mode: 0o700 })
      try {
        await writeFile(join(path, name), message, { flag: 'wx', mode: 0o600 })
      } catch (cause) {
        throw refuse.unreachable({ detail: 'the folder cannot be written to', cause })
      }
    },
    async close() {
      transport.close()
    },
  } satisfies Mailer)
}
