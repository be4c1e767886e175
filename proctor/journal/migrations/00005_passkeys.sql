-- +goose Up
ALTER TABLE account ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0;
-- temporary: the password was set by somebody else; it opens /account alone.
ALTER TABLE account ADD COLUMN temporary BIGINT NOT NULL DEFAULT 0;
-- epoch grows when every session must end.
ALTER TABLE account ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;

CREATE TABLE passkey (
    id         TEXT   NOT NULL PRIMARY KEY,
    login      TEXT   NOT NULL REFERENCES account (login),
    name       TEXT   NOT NULL,
    public_key TEXT   NOT NULL,
    counter    BIGINT NOT NULL,
    transports TEXT   NOT NULL,
    sealed_key TEXT   NOT NULL,
    added      TEXT   NOT NULL,
    used       TEXT   NOT NULL
);

CREATE INDEX passkey_login ON passkey (login);

-- Every certificate that was issued; revoked is '' or when it was, and reason
-- is that of RFC 5280, 5.3.1.
CREATE TABLE certificate (
    serial  TEXT NOT NULL PRIMARY KEY,
    login   TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT NOT NULL DEFAULT '',
    reason  BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX certificate_login ON certificate (login);

-- What was done to accounts, by whom; actor is a login or 'console'.
CREATE TABLE account_log (
    seq    BIGINT NOT NULL PRIMARY KEY,
    at     TEXT NOT NULL,
    login  TEXT NOT NULL,
    actor  TEXT NOT NULL,
    what   TEXT NOT NULL,
    detail TEXT NOT NULL
);
