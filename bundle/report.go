package bundle

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

// Problem is a place where a bundle is not what was written.
type Problem struct {
	File string `json:"file,omitempty"` // in the bundle
	// Byte is counted from the beginning of the bundle; -1: no single byte.
	Byte   int64  `json:"byte"`
	Record uint64 `json:"record,omitempty"` // of the journal; 0: none
	What   string `json:"what"`
}

// String is the problem in a line, in English.
func (p Problem) String() string {
	var at []string
	if p.Byte >= 0 {
		at = append(at, "byte "+strconv.FormatInt(p.Byte, 10))
	}
	if p.File != "" {
		at = append(at, p.File)
	}
	if p.Record > 0 {
		at = append(at, "record "+strconv.FormatUint(p.Record, 10))
	}
	return strings.Join(append(at, p.What), ": ")
}

// Standing is where the act stands by the records of the bundle.
type Standing string

// The standings of an act.
const (
	StandingOpen    Standing = "open"     // not all have signed
	StandingInForce Standing = "in_force" // all three have
	StandingEnded   Standing = "ended"    // withdrawn or superseded
)

// ActFile is one version of the act.
type ActFile struct {
	File    string      `json:"file"`
	Version int         `json:"version"`
	Report  acts.Report `json:"report"`
	// Passkeys are the signatures to which a passkey agreed, of those that hold.
	Passkeys []Confirmed `json:"passkeys,omitempty"`
}

// Report is what a bundle says and whether that holds.
type Report struct {
	Act      proctor.ActID    `json:"act"`
	Number   string           `json:"number"`
	Version  int              `json:"version"`
	Standing Standing         `json:"standing"`
	Exam     proctor.ExamID   `json:"exam"`
	Seats    []proctor.SeatID `json:"seats"`
	Files    int              `json:"files"`
	Records  int              `json:"records"`
	Bytes    int64            `json:"bytes"` // of the files
	// Manifest is its SHA-256, hex; the journal has it too.
	Manifest   string        `json:"manifest"`
	ExportedBy proctor.Actor `json:"exported_by"`
	ExportedAt time.Time     `json:"exported_at"`
	// Origin, Tree and At are the checkpoint's.
	Origin string    `json:"origin"`
	Tree   string    `json:"tree"` // "size:root"
	At     time.Time `json:"at"`
	// Key is the journal's public key; Trusted, that the caller gave it and did
	// not take it from the bundle.
	Key     string `json:"key"`
	Trusted bool   `json:"trusted"`
	// Held are the earlier or later words of the journal that this one was held
	// to: those that its acts print, and the caller's.
	Held []string `json:"held,omitempty"`
	// Acts are the act's versions, the oldest first.
	Acts     []ActFile `json:"acts"`
	Problems []Problem `json:"problems,omitempty"`
}

// Whole reports whether nothing in the bundle contradicts anything else.
func (r Report) Whole() bool { return len(r.Problems) == 0 }

// Complete reports whether the bundle is whole and its act signed by all three.
func (r Report) Complete() bool {
	return r.Whole() && len(r.Acts) > 0 && r.Acts[len(r.Acts)-1].Report.Complete
}

func (c *checker) problem(p Problem) {
	const most = 200
	if len(c.report.Problems) < most {
		c.report.Problems = append(c.report.Problems, p)
	}
}

func (c *checker) at(e entry, byteAt int64, format string, args ...any) {
	c.problem(Problem{File: e.name, Byte: byteAt, What: fmt.Sprintf(format, args...)})
}

// bad is a problem of a whole file.
func (c *checker) bad(file, format string, args ...any) {
	c.problem(Problem{File: file, Byte: -1, What: fmt.Sprintf(format, args...)})
}

func (c *checker) badRecord(seq uint64, format string, args ...any) {
	c.problem(Problem{Byte: -1, Record: seq, What: fmt.Sprintf(format, args...)})
}

func (c *checker) hold(t ledger.Tree) { c.report.Held = append(c.report.Held, t.String()) }
