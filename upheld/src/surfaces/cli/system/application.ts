import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { basename, resolve } from 'node:path'
import type { Application, RunningApplication } from '../../../application.ts'
import { messageOf } from '../../../core/errors.ts'
import { buildPage, readSource } from '../../../proof/page/index.ts'
import { claimsOf } from '../claims.ts'
import { refuse } from '../errors.ts'

const route = z.looseObject({ method: z.string(), path: z.string().startsWith('/') })

/** What must be there before anything is started; what the functions do shows when they are called. */
const form = z.object({
  name: z.string().min(1).max(100),
  tenantSchemas: z.array(z.string()).min(1),
  migrations: z.instanceof(URL),
  page: z.instanceof(URL),
  securityTxt: z
    .object({
      expires: z.string().optional(),
      acknowledgments: z.array(z.string()).optional(),
      encryption: z.array(z.string()).optional(),
      hiring: z.array(z.string()).optional(),
      languages: z.array(z.string()).optional(),
    })
    .optional(),
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

/**
 * The application with its page, read from its source and held against its claims: nothing starts with a page that says
 * more than they carry.
 * @throws cli.app_missing, cli.app_unreadable with every problem at once
 * @throws claims.twice, page.unreadable, page.bad_page with every problem at once
 */
export async function loadApplication(module: string | undefined): Promise<RunningApplication> {
  const application = await readApplication(module)
  const { page, securityTxt } = application
  const built = buildPage(basename(page.pathname), readSource(page), claimsOf(application))
  return { ...application, page: { ...built, ...(securityTxt === undefined ? {} : { securityTxt }) } }
}

/**
 * The application as its module exports it.
 * @throws cli.app_missing, cli.app_unreadable with every problem at once
 */
export async function readApplication(module: string | undefined): Promise<Application> {
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
