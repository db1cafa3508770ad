-- What witnesses signed under heads of the anchor log: of each witness the newest.
create table if not exists upheld_audit.cosignature (
  log        bigint not null references upheld_audit.log (id),
  -- Verifier key of the witness, C2SP tlog-cosignature.
  witness    text not null check (octet_length(witness) <= 512),
  size       bigint not null check (size >= 0),
  -- The signed head without cosignatures, and the line of this witness, each with its newlines.
  checkpoint text not null check (octet_length(checkpoint) <= 4096),
  line       text not null check (octet_length(line) <= 1024),
  -- When the witness says that it saw it.
  at         timestamptz not null,
  primary key (log, witness)
);

-- Who the witnesses of the anchor log are and how many of them must sign: C2SP tlog-policy without its log line. It goes into
-- the policy of every bundle, which a reader pins; nothing else rests on it.
create table if not exists upheld_audit.witnesses (
  one   boolean primary key default true check (one),
  rules text not null check (octet_length(rules) <= 262144)
);
