-- What was planned of an experiment before its data were read: rows are only ever added, and each carries the hash of
-- the one before of the same experiment.
CREATE TABLE plans (
    experiment TEXT NOT NULL,
    version INTEGER NOT NULL,
    plan TEXT NOT NULL,
    had_data INTEGER NOT NULL CHECK (had_data IN (0, 1)),
    registered_micros INTEGER NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (experiment, version)
);

CREATE TRIGGER plans_are_never_changed BEFORE UPDATE ON plans BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;
CREATE TRIGGER plans_are_never_removed BEFORE DELETE ON plans BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;

-- Each time that an experiment's data were looked at.
CREATE TABLE looks (
    experiment TEXT NOT NULL,
    plan_version INTEGER NOT NULL,
    look INTEGER NOT NULL,
    data_hash TEXT NOT NULL,
    information REAL NOT NULL,
    record TEXT NOT NULL,
    taken_micros INTEGER NOT NULL,
    PRIMARY KEY (experiment, plan_version, look),
    FOREIGN KEY (experiment, plan_version) REFERENCES plans (experiment, version)
);

CREATE TRIGGER looks_are_never_changed BEFORE UPDATE ON looks BEGIN SELECT RAISE(ABORT, 'looks are append-only'); END;
CREATE TRIGGER looks_are_never_removed BEFORE DELETE ON looks BEGIN SELECT RAISE(ABORT, 'looks are append-only'); END;

PRAGMA user_version = 3;
