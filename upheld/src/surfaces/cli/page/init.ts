import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '../../../core/errors.ts'
import { pageTemplate } from '../../../proof/page/index.ts'
import { exit, type Invocation } from '../command.ts'
import { refuse } from '../errors.ts'

/**
 * Writes a template, or prints it. A file that is there is never touched.
 * @throws cli.template_missing, cli.page_there, cli.page_unwritable
 */
export async function pageInit({ settings, terminal }: Invocation): Promise<number> {
  const { template, out } = settings
  if (template === undefined) throw refuse.template_missing()
  const source = pageTemplate(template)
  if (out === undefined) {
    terminal.say(source.toString('utf8').trimEnd())
    terminal.document({ template, source: source.toString('utf8') })
    return exit.upheld
  }
  try {
    // One call that makes the file or fails: nobody else's file can come between a look and the writing.
    writeFileSync(resolve(out), source, { flag: 'wx' })
  } catch (cause) {
    const there = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    if (there) throw refuse.page_there({ detail: out, cause })
    throw refuse.page_unwritable({ detail: messageOf(cause), cause })
  }
  terminal.say(`Written to ${out}. Put in your names and addresses, then: upheld page check ${out}`)
  terminal.document({ template, out })
  return exit.upheld
}
