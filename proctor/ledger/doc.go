// Package ledger is what an outsider needs to hold the journal to its word: a
// record's bytes, the Merkle tree over all records (RFC 6962, as in
// golang.org/x/mod/sumdb/tlog) and the signed checkpoint of its root. It knows
// no database and no network, so that a checker can be built from it alone.
package ledger
