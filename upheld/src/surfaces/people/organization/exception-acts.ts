import { idOf } from '../../../routes.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Route, SentMember } from '../route.ts'
import { act, withDone } from './act.ts'
import { daysFrom, draftIn, withdrawPath, type Draft } from './exceptions.ts'
import { memberPage } from './member.ts'
import { memberPath } from './words.ts'

const permission = 'organization.members.overrides'
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

async function add({ house, entry }: SentMember, memberId: string, draft: Draft): Promise<void> {
  const now = house.clock.now()
  const { permission: name, reason, days, reviewDays } = draft
  // Whatever is neither of the two takes nothing and gives nothing: the guard refuses what is not right.
  const effect = draft.effect === 'deny' ? 'deny' : 'allow'
  const [expiresAt, reviewAt] = [daysFrom(now, days), daysFrom(now, reviewDays)]
  await house.identity.addOverrides(entry, [{ memberId, permission: name, effect, reason, expiresAt, reviewAt }])
}

export const exceptionRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.members}/:id/exceptions`,
    permission,
    example: {
      params: { id: idOf('colleague') },
      form: {
        effect: 'deny',
        permission: 'organization.keys',
        reason: 'Not for this task.',
        days: '30',
        review_days: '14',
      },
    },
    async answer(sent) {
      const id = sent.params['id'] ?? ''
      const [draft, page] = [draftIn(sent.fields), memberPath(id)]
      return act({
        work: () => add(sent, id, draft),
        onward: withDone(page, 'exception'),
        page,
        again: error => {
          if (error.code === 'access.no_member') throw error
          return memberPage(sent, id, { error, draft })
        },
      })
    },
  },
  {
    at: 'organization',
    method: 'POST',
    path: withdrawPath,
    permission,
    example: { params: { id: idOf('override') }, form: {} },
    async answer(sent) {
      const { house, entry, params, fields } = sent
      const member = text(fields, 'member')
      const page = uuidForm.test(member) ? memberPath(member) : paths.members
      return act({
        work: () => house.identity.withdrawOverrides(entry, [params['id'] ?? '']),
        onward: withDone(page, 'withdrawn'),
        page,
        again: error => {
          if (page === paths.members) throw error
          return memberPage(sent, member, { error })
        },
      })
    },
  },
]
