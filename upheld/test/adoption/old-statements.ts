/** Answers with the first row. */
export type Say = (text: string, ...values: readonly unknown[]) => Promise<Record<string, unknown>>

/** One turn of work of each old application; gives the names of rows that stay. */
export const rounds: Readonly<Record<string, (say: Say, n: number) => Promise<readonly string[]>>> = {
  shop: shopRound,
  clinic: clinicRound,
  tracker: trackerRound,
}

async function shopRound(say: Say, n: number): Promise<readonly string[]> {
  const email = `w${n}@old.example`
  const isNew = n % 7 === 0
  const made = isNew ? await say(`insert into shop.accounts (name) values ($1) returning id`, `New ${n}`) : {}
  const account = isNew ? made['id'] : 1 + (n % 50)
  if (n % 4 === 0) await say('begin')
  const customer = await say(
    `insert into shop.customers (account_id, email, country) values ($1, $2, 'NL') returning id`,
    account,
    email,
  )
  const product = await say(
    `insert into shop.products (account_id, sku, price) values ($1, $2, 5) returning id`,
    account,
    `w-${n}`,
  )
  const order = await say(
    `insert into shop.orders (account_id, customer_id, placed_on) values ($1, $2, date '2024-06-01' + $3::int) returning id, placed_on::text`,
    account,
    customer['id'],
    n % 900,
  )
  const key = [order['id'], order['placed_on']]
  await say(
    `insert into shop.order_items (order_id, placed_on, product_id, quantity) values ($1, $2, $3, 2)`,
    ...key,
    product['id'],
  )
  if (n % 4 === 0) await say(n % 8 === 0 ? 'rollback' : 'commit')
  await say(`update shop.orders set state = 'paid' where id = $1 and placed_on = $2`, ...key)
  await say(`update shop.customers set country = 'JP' where id = $1`, 1 + (n % 1000))
  await say(`insert into shop.ledger values (default, $1, $2)`, account, n)
  await say(`select total from shop.order_totals where account_id = $1 and id = $2`, account, order['id'])
  await say(
    `insert into shop.customers (account_id, email, country) values ($1, $2, 'PT') on conflict (email) do update set country = excluded.country`,
    account,
    `twice${n % 20}-${String(account)}@old.example`,
  )
  if (n % 8 === 0) return []
  if (n % 3 === 0) {
    await say(`delete from shop.customers where id = $1`, customer['id'])
    return []
  }
  return [email]
}

async function clinicRound(say: Say, n: number): Promise<readonly string[]> {
  const practice = n % 9 === 0 ? `new-practice-${n}` : `practice-${1 + (n % 30)}`
  if (n % 9 === 0) await say(`insert into clinic.practices values ($1, 'New')`, practice)
  const doctor = await say(
    `insert into clinic.doctors (tenant_id, name) values ($1, $2) returning id`,
    practice,
    `Doctor w${n}`,
  )
  const number = `w ${n}`
  const patient = await say(
    `insert into clinic.patients (tenant_id, number, doctor_id) values ($1, $2, $3) returning id`,
    practice,
    number,
    doctor['id'],
  )
  const visit = await say(
    `insert into clinic.visits (patient_id, seen_on) values ($1, current_date) returning id`,
    patient['id'],
  )
  const note = await say(`insert into clinic.notes (visit_id) values ($1) returning id`, visit['id'])
  await say(`insert into clinic.notes (visit_id, follows) values ($1, $2)`, visit['id'], note['id'])
  await say(`insert into clinic.attachments (note_id, name) values ($1, 'scan')`, note['id'])
  await say(`insert into clinic_billing.invoices (number, visit_id) values ($1, $2)`, `W-${n}`, visit['id'])
  await say(`insert into clinic_billing.lines values ($1, 1, 500), ($1, 2, 700)`, `W-${n}`)
  await say(`update clinic_billing.invoices set number = number || '/a' where number = $1`, `W-${n}`)
  await say(`update clinic.notes set body = body || '.' where id = $1`, 1 + (n % 1000))
  await say(`delete from clinic.doctors where id = $1`, doctor['id'])
  if (n % 4 === 0) await say(`delete from clinic.patients where id = $1`, patient['id'])
  return n % 4 === 0 ? [] : [number]
}

const bug = '"🐛 re""port\n"'
const issueId = '"issue\nId"'

async function trackerRound(say: Say, n: number): Promise<readonly string[]> {
  const company = await say(
    n % 6 === 0
      ? `insert into tracker."Company" values (gen_random_uuid(), 'New') returning "companyId" as id`
      : `select "companyId" as id from tracker."Company" order by 1 limit 1`,
  )
  const mail = `w${n}@old.example`
  const member = await say(
    `insert into tracker."Member" ("companyId", "eMail") values ($1, $2) returning "id" as id`,
    company['id'],
    mail,
  )
  const project = await say(
    `insert into tracker."Project" ("companyId", "key", "leadId") values ($1, $2, $3) returning "id" as id`,
    company['id'],
    `W${n}`,
    member['id'],
  )
  await say(`update tracker."Member" set "projectId" = $1 where "id" = $2`, project['id'], member['id'])
  const issue = await say(
    `insert into tracker."Issue" ("projectId", "number", "title") values ($1, 1, '😀') returning "id" as id`,
    project['id'],
  )
  await say(
    `insert into tracker."Issue" ("projectId", "number", "parentId", "title") values ($1, 2, $2, 'child')`,
    project['id'],
    issue['id'],
  )
  await say(`insert into tracker.${bug} (${issueId}, "text") values ($1, 'oh')`, issue['id'])
  await say(`select count(*) from tracker."Open ""issues""" where "companyId" = $1`, company['id'])
  await say(
    `insert into tracker."Member" ("companyId", "eMail") values ($1, $2) on conflict ("eMail") do nothing`,
    company['id'],
    mail,
  )
  if (n % 5 === 0) await say(`delete from tracker."Issue" where "id" = $1`, issue['id'])
  if (n % 5 === 1) await say(`delete from tracker."Project" where "id" = $1`, project['id'])
  return [mail]
}
