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
