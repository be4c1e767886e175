-- Portable SQL: SQLite and PostgreSQL read the same text. Times are text
-- (RFC 3339, UTC) or milliseconds since 1970; bytes are base64 text.

-- +goose Up
CREATE TABLE event (
    seq   BIGINT NOT NULL PRIMARY KEY,
    at    TEXT   NOT NULL,
    exam  TEXT   NOT NULL,
    actor TEXT   NOT NULL,
    type  TEXT   NOT NULL,
    data  TEXT   NOT NULL,
    prev  TEXT   NOT NULL,
    hash  TEXT   NOT NULL
);

CREATE TABLE account (
    login       TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    roles       TEXT NOT NULL,
    password    TEXT NOT NULL,
    sealed_key  TEXT NOT NULL,
    certificate TEXT NOT NULL
);

CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE session (
    token  TEXT   NOT NULL PRIMARY KEY,
    data   TEXT   NOT NULL,
    expiry BIGINT NOT NULL
);

CREATE INDEX session_expiry ON session (expiry);
