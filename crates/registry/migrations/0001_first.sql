CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project TEXT NOT NULL,
    started_micros INTEGER NOT NULL,
    finished_micros INTEGER NOT NULL,
    status TEXT NOT NULL
);

CREATE TABLE run_values (
    run INTEGER NOT NULL REFERENCES runs (id),
    kind TEXT NOT NULL CHECK (kind IN ('parameter', 'metric')),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, kind, name)
);

CREATE TABLE versions (
    model TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    added_micros INTEGER NOT NULL,
    PRIMARY KEY (model, version),
    UNIQUE (model, hash)
);

CREATE TABLE aliases (
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (model, alias),
    FOREIGN KEY (model, version) REFERENCES versions (model, version)
);

-- What was promoted when and why: rows are only ever added, and each carries the hash of the one before.
CREATE TABLE ledger (
    entry INTEGER PRIMARY KEY AUTOINCREMENT,
    time_micros INTEGER NOT NULL,
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    bundle_hash TEXT NOT NULL,
    why TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_is_never_shortened BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

PRAGMA user_version = 1;
