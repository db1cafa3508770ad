-- Who may come in, and what they may do, is Upheld's to know. Here stays the name of a member, beside what they wrote: also
-- when they are no member any more. The id is the member's in Upheld.
drop table desk.access_link;
drop table desk.session;
drop table desk.api_key;

alter table desk.member drop column email;
alter table desk.member drop column role;
alter table desk.member alter column id drop default;

-- Somebody who wrote from the widget on a customer's own site, as the token of the visitor says.
alter table desk.contact add column visitor text check (length(visitor) between 3 and 100);
create unique index contact_visitor on desk.contact (organization_id, visitor);
