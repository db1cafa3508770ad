import { routes } from '../src/desk.ts'
import type { Route } from '../src/http/route.ts'

/** An id that is nobody's. */
export const absentId = '00000000-0000-4000-8000-000000000000'

export const apiRoutes = routes.filter(route => route.surface === 'api')
export const pageRoutes = routes.filter(route => route.surface === 'page' && route.permission !== 'public')

/** What each route takes that takes a body. A new route without a line here fails the tests that walk them all. */
export const bodies: Readonly<Record<string, (ids: { readonly contact: string }) => Readonly<Record<string, string>>>> =
  {
    'PATCH /api/v1/account': () => ({ name: 'Renamed' }),
    'POST /api/v1/conversations': ({ contact }) => ({
      contact_id: contact,
      subject: 'Hello',
      body: 'Is anybody there?',
    }),
    'PATCH /api/v1/conversations/:id': () => ({ status: 'closed' }),
    'POST /api/v1/conversations/:id/messages': () => ({ body: 'One more thing.' }),
    'POST /api/v1/contacts': () => ({ name: 'Ada Quince', email: 'ada.quince@post.example' }),
    'PATCH /api/v1/contacts/:id': () => ({ name: 'Ada Quince' }),
    'POST /conversations/:id/reply': () => ({ body: 'We are looking into it.' }),
    'POST /conversations/:id/attachments': () => ({}),
    'POST /conversations/:id': () => ({ status: 'closed', assigned_member_id: '' }),
    'POST /contacts': () => ({ name: 'Ada Quince', email: 'ada.quince@post.example', phone: '', merchant_id: '' }),
    'POST /contacts/:id': () => ({ name: 'Ada Quince', email: 'ada.quince@post.example', phone: '', merchant_id: '' }),
    'POST /contacts/:id/note': () => ({ note: 'Likes to be called.' }),
    'POST /contacts/:id/note/show': () => ({}),
    'POST /integrations': () => ({ merchant_id: absentId, service: 'shopify', label: 'A shop', credential: 'shpat_1' }),
    'POST /integrations/:id/credential': () => ({}),
    'POST /integrations/:id/disconnect': () => ({}),
    'POST /team': () => ({ name: 'New Person', email: 'new.person@post.example', role: 'agent' }),
    'POST /team/:id': () => ({ role: 'admin' }),
    'POST /keys': () => ({ name: 'A key', scopes: 'contact.read' }),
    'POST /keys/:id/revoke': () => ({}),
    'POST /sign-out': () => ({}),
  }

/** Pages whose form carries a file. */
export const filePages: readonly string[] = ['POST /conversations/:id/attachments']

export function nameOf(route: Route): string {
  return `${route.method} ${route.path}`
}
