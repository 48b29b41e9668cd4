-- Going back is another thing than promoting an old version again: only the first takes a step away.
ALTER TABLE ledger ADD COLUMN is_rollback INTEGER NOT NULL DEFAULT 0 CHECK (is_rollback IN (0, 1));

-- Where the ledger ends, so that entries cut off its end are missed.
CREATE TABLE ledger_head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    entry INTEGER NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO ledger_head (only, entry, hash)
SELECT 1, coalesce(max(entry), 0), coalesce((SELECT hash FROM ledger ORDER BY entry DESC LIMIT 1), '') FROM ledger;

PRAGMA user_version = 2;
