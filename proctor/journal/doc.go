// Package journal keeps what may not be lost in one SQL database: the events
// of all exams, and beside them the staff's accounts, login sessions and the
// server's own secrets. It is the only SQL of the project. The database is an
// SQLite file; the statements are written so that PostgreSQL takes them too.
//
// It is not for recordings, pictures or documents (those are objects, known
// here by their receipts), and not for queries: whoever wants to know how an
// exam stands replays its events into a proctor.State.
//
// # Guarantees
//
//   - Append returns after the events are on disk (WAL, synchronous=FULL). A
//     killed process loses nothing that was acknowledged, and a power cut
//     nothing either as long as the disk honours fsync.
//   - The events of one Append are there together or not at all.
//   - After an Append or a commit failed, the Journal refuses all further
//     writing with ErrFailed: nobody can know what is on disk before it is
//     opened again. An event whose Append failed may be found there then.
//   - Two processes cannot both append to one file: the second to try gets a
//     number that is taken, and fails.
//     Other programs may read it, and write accounts, but must not hold its
//     write lock for ten seconds.
//   - Triggers refuse to change or delete an event. They stop mistakes, not
//     somebody who owns the file; that is what the chain is for.
//
// # The chain
//
// Each event carries the hash of the one before it, and its own: the SHA-256
// of its fields as netstrings (decimal length, ":", bytes, ","), in the order
// prev, seq, at, exam, actor, type, data, exactly as the columns hold them.
// The first event's prev is 64 zeros. Replay checks the chain as it reads, and
// Verify names the first place that is wrong.
//
// A chain alone cannot show that its end was cut off, or that it was written
// anew from some event on. So Head is to be printed and kept where the
// database's owner cannot reach: on acts, in logs elsewhere, under a time
// stamp. Verify takes such Anchors and holds the journal to them.
//
// # The tree
//
// Beside the chain stands a Merkle tree over the same bytes (RFC 6962), written
// in the same transaction. It proves of single events that they are in the
// journal, and of a journal that it begins as an earlier one did, to somebody
// who has only a signed root: see package ledger.
package journal
