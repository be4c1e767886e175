-- As for events, PostgreSQL needs these in its own words.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER account_log_no_update BEFORE UPDATE ON account_log
BEGIN
    SELECT RAISE(ABORT, 'the log of accounts is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER account_log_no_delete BEFORE DELETE ON account_log
BEGIN
    SELECT RAISE(ABORT, 'the log of accounts is append-only');
END;
-- +goose StatementEnd
