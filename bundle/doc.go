// Package bundle writes and checks evidence bundles: one ZIP file that holds an
// act, the recording and pictures that it rests on, the journal's records of
// both, and the proof that those records are in the journal.
//
// A bundle has one spelling. The writer lays it out from its manifest alone,
// and the checker lays it out once more and compares every byte: nothing of the
// ZIP structure is believed. The manifest's SHA-256 is itself a record of the
// journal ("evidence.exported"), so a checkpoint signs it too.
//
// The package opens no network connection and no database. docs/EVIDENCE.md
// says what is in a bundle and how to check one by hand.
package bundle
