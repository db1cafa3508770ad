import { z } from 'zod'
import { email, input, line, paragraphs, withId } from '../http/inputs.ts'
import type { Route } from '../http/route.ts'
import { widgetPreflight, widgetRoute } from '../http/widget-route.ts'
import { beginAsVisitor, readAsVisitor } from './store.ts'

const begin = widgetRoute({
  method: 'POST',
  path: '/widget/conversations',
  permission: 'widget.write',
  input: input.extend({
    body: z.strictObject({ name: line(200), email, subject: line(200), body: paragraphs(10_000) }),
  }),
  async answer({ organization, visitor, input: { body } }) {
    const made = await beginAsVisitor(organization, visitor, body)
    const conversation = made === undefined ? undefined : await readAsVisitor(organization, visitor, made)
    return conversation && { status: 201, body: conversation }
  },
})

const read = widgetRoute({
  method: 'GET',
  path: '/widget/conversations/:id',
  permission: 'widget.read',
  input: withId,
  async answer({ organization, visitor, input: { params } }) {
    const conversation = await readAsVisitor(organization, visitor, params.id)
    return conversation && { body: conversation }
  },
})

export const widgetRoutes: readonly Route[] = [
  begin,
  read,
  widgetPreflight('/widget/conversations', 'POST'),
  widgetPreflight('/widget/conversations/:id', 'GET'),
]
