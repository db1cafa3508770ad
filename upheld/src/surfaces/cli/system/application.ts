import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Application } from '../../../application.ts'
import { messageOf } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'

const sentence = z.object({ text: z.string().min(1), claims: z.array(z.string()).min(1) })
const section = z.object({ title: z.string().min(1), sentences: z.array(sentence) })

const route = z.looseObject({ method: z.string(), path: z.string().startsWith('/') })

/** What must be there before anything is started; what the functions do shows when they are called. */
const form = z.object({
  name: z.string().min(1).max(100),
  tenantSchemas: z.array(z.string()).min(1),
  migrations: z.instanceof(URL),
  page: z.object({ title: z.string(), lede: z.string(), sections: z.array(section), contact: z.string() }),
  claims: z.array(z.looseObject({ id: z.string(), kind: z.string() })),
  people: z.object({ access: z.looseObject({ roles: z.looseObject({}), setOf: z.function() }) }).optional(),
  routes: z.object({ declared: z.array(route), furnish: z.function() }).optional(),
  seed: z.function(),
  welcome: z.function(),
  fetch: z.function(),
})

function isApplication(value: unknown): value is Application {
  return form.safeParse(value).success
}

/** @throws cli.app_missing, cli.app_unreadable with every problem at once */
export async function loadApplication(module: string | undefined): Promise<Application> {
  if (module === undefined) throw refuse.app_missing()
  const loaded = await load(module)
  const found: unknown =
    typeof loaded === 'object' && loaded !== null && 'application' in loaded ? loaded.application : undefined
  if (isApplication(found)) return found
  const problems = z.prettifyError(form.safeParse(found).error ?? new z.ZodError([])).replaceAll('\n', ' ')
  throw refuse.app_unreadable({ detail: `${module}: ${problems}` })
}

async function load(module: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(resolve(module)).href)
  } catch (cause) {
    throw refuse.app_unreadable({ detail: `${module}: ${messageOf(cause)}`, cause })
  }
}
