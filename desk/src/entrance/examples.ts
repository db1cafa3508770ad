import { freshText, idOf, type DeclaredRoute, type Paging } from 'upheld'

/** What a route takes, as an example, with a mark wherever it names something. */
type RouteExample = Pick<DeclaredRoute, 'params' | 'query' | 'json' | 'form' | 'files' | 'paging' | 'changes'>

const conversation = { id: idOf('conversation') }
const contact = { id: idOf('contact') }
const integration = { id: idOf('integration') }
const merchant = { id: idOf('merchant') }
const email = freshText('probe-*@post.example')
const text = 'Is anybody there?'

/** A list of the API says its cursor; a page has it in the address of "Show more". */
const ofApi: Paging = {
  cursor: 'after',
  first: { limit: '1' },
  next: body => /"next":"([^"]+)"/.exec(body)?.[1],
}
const ofPage: Paging = {
  cursor: 'after',
  first: { limit: '1' },
  next: body => /[?&;]after=([\w-]+)/.exec(body)?.[1],
}

/** One line for each route that is mounted, neither fewer nor more: the desk does not start otherwise. */
export const examples: Readonly<Record<string, RouteExample>> = {
  'GET /': { query: { contact: idOf('contact') }, paging: ofPage },
  'GET /conversations/:id': { params: conversation, paging: ofPage },
  'POST /conversations/:id/reply': { params: conversation, form: { body: text } },
  'POST /conversations/:id': { params: conversation, form: { status: 'pending', assigned_member_id: idOf('member') } },
  'POST /conversations/:id/attachments': {
    params: conversation,
    form: {},
    files: { file: { fileName: 'note.txt', contentType: 'text/plain', text } },
  },
  'GET /attachments/:id': { params: { id: idOf('attachment') } },
  'GET /contacts': { paging: ofPage },
  'POST /contacts': { form: { name: 'Ada Quince', email, phone: '', merchant_id: idOf('merchant') } },
  'GET /contacts/:id': { params: contact },
  'POST /contacts/:id': { params: contact, form: { name: 'Ada', email, phone: '', merchant_id: idOf('merchant') } },
  'POST /contacts/:id/note': { params: contact, form: { note: 'Likes to be called.' } },
  'POST /contacts/:id/note/show': { params: contact, form: {}, changes: false },
  'GET /merchants': { paging: ofPage },
  'GET /merchants/:id': { params: merchant },
  'GET /integrations': {},
  'POST /integrations': {
    form: { merchant_id: idOf('merchant'), service: 'shopify', label: 'A shop', credential: freshText('shpat_*') },
  },
  'POST /integrations/:id/credential': { params: integration, form: {}, changes: false },
  'POST /integrations/:id/disconnect': { params: { id: idOf('idle integration') }, form: {} },
  'GET /activity': { query: { who: 'member', outcome: 'success', from: '2026-01-01' } },
  'GET /activity/bundle': {},

  'GET /api/v1/account': {},
  'PATCH /api/v1/account': { json: { name: 'Renamed' } },
  'GET /api/v1/conversations': {
    query: { contact: idOf('contact'), assigned_to: idOf('member') },
    paging: ofApi,
  },
  'POST /api/v1/conversations': { json: { contact_id: idOf('contact'), subject: 'Hello', body: text } },
  'GET /api/v1/conversations/:id': { params: conversation },
  'PATCH /api/v1/conversations/:id': {
    params: conversation,
    json: { status: 'closed', assigned_member_id: idOf('member') },
  },
  'GET /api/v1/conversations/:id/messages': { params: conversation, paging: ofApi },
  'POST /api/v1/conversations/:id/messages': { params: conversation, json: { body: text, member_id: idOf('member') } },
  'GET /api/v1/contacts': { paging: ofApi },
  'POST /api/v1/contacts': { json: { name: 'Ada Quince', email, merchant_id: idOf('merchant') } },
  'GET /api/v1/contacts/:id': { params: contact },
  'PATCH /api/v1/contacts/:id': { params: contact, json: { name: 'Ada', merchant_id: idOf('merchant') } },
  'DELETE /api/v1/contacts/:id': { params: { id: idOf('idle contact') } },
  'GET /api/v1/merchants': { paging: ofApi },
  'GET /api/v1/merchants/:id': { params: merchant },
  'GET /api/v1/merchants/:id/revenue': { params: merchant },
  'GET /api/v1/members': { paging: ofApi },
  'GET /api/v1/audit': { query: { action: 'row.insert', limit: '5' } },

  'POST /widget/conversations': { json: { name: 'Ada Quince', email, subject: 'Hello', body: text } },
  'GET /widget/conversations/:id': { params: { id: idOf('widget conversation') } },
  'OPTIONS /widget/conversations': { changes: false },
  'OPTIONS /widget/conversations/:id': { params: { id: 'any' }, changes: false },
}
