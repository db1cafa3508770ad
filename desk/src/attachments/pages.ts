import { html } from 'hono/html'
import type { Session } from '../access/session.ts'
import { refuse } from '../errors.ts'
import { withId } from '../http/inputs.ts'
import { form, type Html } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import type { Route } from '../http/route.ts'
import { attach, type Attachment, fileBytesMax, linkTo } from './store.ts'
import { sweepNowAndThen } from './sweep.ts'

/** A file, and what a form has around it. */
export const fileFormBytesMax = fileBytesMax + 64 * 1024

const upload = pageRoute({
  method: 'POST',
  path: '/conversations/:id/attachments',
  permission: 'conversation.reply',
  takesFile: { bodyBytesMax: fileFormBytesMax },
  input: withId,
  async answer({ session, objects, file, input: { params } }) {
    if (file === undefined) throw refuse.no_file()
    const { organization } = session
    const made = await attach(organization, objects(), {
      conversationId: params.id,
      memberId: session.memberId(),
      file,
    })
    await sweepNowAndThen(organization, objects())
    return made === undefined ? undefined : { redirect: `/conversations/${params.id}` }
  },
})

const download = pageRoute({
  method: 'GET',
  path: '/attachments/:id',
  permission: 'conversation.read',
  input: withId,
  async answer({ session, objects, input: { params } }) {
    const link = await linkTo(session.organization, objects(), params.id)
    return link === undefined ? undefined : { redirect: `/${link.slice(1)}` }
  },
})

export const attachmentPages: readonly Route[] = [upload, download]

/** The files of a conversation, and a form for another. */
export function attachments(session: Session, conversationId: string, found: readonly Attachment[]): Html {
  return html`<section class="stack" aria-label="Files">
    ${
      found.length === 0
        ? ''
        : html`<ul class="rows">
            ${found.map(
              one =>
                html`<li>
                  <a class="row" href="/attachments/${one.id}"
                    ><span class="title">${one.name}</span><span class="meta">${sizeOf(Number(one.bytes))}</span></a
                  >
                </li>`,
            )}
          </ul>`
    }
    ${
      session.may('conversation.reply')
        ? form(session, `/conversations/${conversationId}/attachments`, fileField, 'multipart/form-data')
        : ''
    }
  </section>`
}

const fileField = html`<div class="field">
    <label for="file">File, at most 10 MiB</label>
    <input id="file" name="file" type="file" required />
  </div>
  <div class="actions"><button class="button quiet" type="submit">Attach</button></div>`

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
