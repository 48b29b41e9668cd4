-- What a decision was made from, as JSON; part of the entry's hash where there is any.
ALTER TABLE ledger ADD COLUMN evidence TEXT;

PRAGMA user_version = 5;
