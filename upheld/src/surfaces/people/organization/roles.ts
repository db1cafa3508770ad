import { html } from 'hono/html'
import type { Access } from '../../../guards/access/index.ts'
import type { Markup } from '../../look/index.ts'
import { paths } from '../paths.ts'
import type { Route } from '../route.ts'
import { permissionsOf } from './words.ts'

/**
 * The roles and what each may do. They are the application's: nobody changes them here. Where there is no room for a
 * table, each permission names the roles that give it.
 */
function matrix(access: Access): Markup {
  const names = Object.keys(access.roles)
  return html`<div class="scroll" role="region" aria-label="What each role may do" tabindex="0">
    <table class="may">
      <thead>
        <tr>
          <th scope="col">Permission</th>
          ${names.map(name => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${permissionsOf(access).map(
          ([permission, { says, privileged }]) =>
            html`<tr>
              <th scope="row">
                ${says}
                <span class="code"><code>${permission}</code>${privileged ? ', privileged' : ''}</span>
              </th>
              ${names.map(name => cell(name, access.roles[name]?.includes(permission) === true))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function cell(role: string, gives: boolean): Markup {
  return gives
    ? html`<td class="yes"><span class="by">${role}</span><span class="mark">yes</span></td>`
    : html`<td class="no"><span aria-hidden="true">·</span><span class="unseen">no</span></td>`
}

export const rolesRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: paths.roles,
    permission: 'member',
    answer: ({ house }) => ({
      title: 'Roles',
      body: html`<h1>Roles</h1>
        <p>
          A member may do what their roles give, and what an exception gives for a time. Whoever may do something
          privileged needs a second factor.
        </p>
        ${matrix(house.access)}`,
    }),
  },
]
