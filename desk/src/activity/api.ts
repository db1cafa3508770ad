import { searchAudit } from 'upheld'
import { z } from 'zod'
import { apiRoute } from '../http/api-route.ts'
import { input, line } from '../http/inputs.ts'
import type { Route } from '../http/route.ts'

const moment = z.iso
  .datetime({ offset: true })
  .startsWith('2')
  .transform(text => new Date(text))

const query = z
  .strictObject({
    from: moment.optional(),
    to: moment.optional(),
    actor_type: line(100).optional(),
    actor: line(100).optional(),
    action: line(80).optional(),
    object: line(200).optional(),
    target: line(500).optional(),
    outcome: z.enum(['success', 'failure', 'denied']).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(25),
    after: z
      .string()
      .regex(/^[\w-]{1,100}$/)
      .optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, 'ends before it begins')

const list = apiRoute({
  method: 'GET',
  path: '/api/v1/audit',
  permission: 'activity.read',
  input: input.extend({ query }),
  async answer({ organization, input: { query: asked } }) {
    const { actor: actorId, actor_type: actorType, ...rest } = asked
    const found = await searchAudit(organization, { ...rest, actorId, actorType })
    const items = found.items.map(({ origin, index, hash, says }) => ({ origin, index, hash, entry: says }))
    return { body: { items, next: found.next, size: found.size, signed_at: found.signedAt } }
  },
})

export const activityApi: readonly Route[] = [list]
