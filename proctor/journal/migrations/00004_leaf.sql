-- The tree over the events (RFC 6962): for each event its leaf's hash and that
-- of every subtree that it completes, from low to high, as hex in one text.
-- It follows from the events; Open fills in what is missing.

-- +goose Up
CREATE TABLE leaf (
    seq    BIGINT NOT NULL PRIMARY KEY,
    hashes TEXT   NOT NULL
);
