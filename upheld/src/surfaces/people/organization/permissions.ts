import { html } from 'hono/html'
import type { Access, AccessSet, Decision, Reason } from '../../../guards/access/index.ts'
import type { Markup } from '../../look/index.ts'
import { called, moment } from '../forms.ts'
import type { Exceptions } from './exceptions.ts'
import { permissionsOf } from './words.ts'

/** Everything that there is to be permitted, with the rows that decided about it for this member. */
export function permissionSections(access: Access, set: AccessSet, exceptions: Exceptions): Markup {
  const decisions = permissionsOf(access).map(([name]) => set.explain(name))
  const [may, mayNot] = [decisions.filter(({ allowed }) => allowed), decisions.filter(({ allowed }) => !allowed)]
  const list = (some: readonly Decision[]): Markup =>
    html`<ul class="rows">
      ${some.map(decision => decisionRow(access, decision, exceptions))}
    </ul>`
  return html`<section class="stack" aria-labelledby="may">
    <h2 id="may">What this member may do</h2>
    ${may.length === 0 ? html`<p class="empty">Nothing.</p>` : list(may)}
    <details>
      <summary>${mayNot.length === 1 ? 'One thing' : `${mayNot.length} things`} that they may not do</summary>
      ${list(mayNot)}
    </details>
  </section>`
}

function decisionRow(access: Access, { permission, because }: Decision, exceptions: Exceptions): Markup {
  const rule = access.permissions[permission]
  const reasons = because.map((reason, index) => html`${index === 0 ? '' : '; '}${inWords(reason, exceptions)}`)
  return html`<li class="row">
    <span class="title">${rule?.says ?? permission}</span>
    <span class="meta">${reasons}</span>
    <span class="meta"><code>${permission}</code>${rule?.privileged === true ? ', privileged' : ''}</span>
  </li>`
}

/** One row that decided, as somebody says it, and where it stands. */
function inWords(reason: Reason, { known }: Exceptions): Markup {
  switch (reason.kind) {
    case 'role':
      return html`by the role ${reason.role}`
    case 'allow':
    case 'deny': {
      const author = known.get(reason.override)?.author ?? 'somebody who left'
      const how = reason.kind === 'allow' ? 'given by' : 'taken by'
      return html`${how} <a href="#exception-${reason.override}">an exception of ${called(author)}</a> until
        ${moment(reason.expiresAt)}`
    }
    case 'suspended':
      return html`suspended`
    case 'unknown':
      return html`there is no such permission`
    case 'out-of-scope':
      return html`the key or the grant does not reach that far`
    case 'nothing':
      return html`no role and no exception gives it`
  }
}
