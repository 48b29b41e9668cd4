-- Every issue of a story that differs from the one before; what it said lies in `stories/HASH.json`.
CREATE TABLE issues (
    story TEXT NOT NULL,
    issue INTEGER NOT NULL,
    hash TEXT NOT NULL,
    made_micros INTEGER NOT NULL,
    PRIMARY KEY (story, issue)
);

PRAGMA user_version = 4;
