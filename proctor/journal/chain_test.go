package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"qyragy/proctor"
	"qyragy/proctor/ledger"
)

func verify(t *testing.T, j *Journal, anchors ...Anchor) *Break {
	t.Helper()
	r, err := j.Verify(t.Context(), anchors...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bad
}

// TestEveryByteCounts flips, in turn, one bit of every byte of every column of
// every row, and wants the row named.
func TestEveryByteCounts(t *testing.T) {
	path := file(t)
	j := open(t, path)
	add(t, j, warned(1), warned(2), warned(3), warned(4))
	db := raw(t, path)
	flips := 0
	for row := 1; row <= 4; row++ {
		for _, col := range []string{"at", "exam", "actor", "type", "data", "prev", "hash"} {
			var was string
			if err := db.QueryRow(fmt.Sprintf(`SELECT %s FROM event WHERE seq = %d`, col, row)).Scan(&was); err != nil {
				t.Fatal(err)
			}
			set := fmt.Sprintf(`UPDATE event SET %s = ? WHERE seq = %d`, col, row)
			for i := range was {
				b := []byte(was)
				b[i] ^= 1 << (flips % 8)
				flips++
				mustExec(t, db, set, string(b))
				if bad := verify(t, j); bad == nil || bad.Seq != uint64(row) || bad.What != "changed" {
					t.Fatalf("row %d, %s, byte %d: %v", row, col, i, bad)
				}
			}
			mustExec(t, db, set, was)
		}
		for bit := range 62 {
			to := row ^ 1<<bit
			mustExec(t, db, `UPDATE event SET seq = ? WHERE seq = ?`, to, row)
			if bad := verify(t, j); bad == nil {
				t.Fatalf("event %d as %d: not seen", row, to)
			}
			mustExec(t, db, `UPDATE event SET seq = ? WHERE rowid = ?`, row, row)
			flips++
		}
	}
	if bad := verify(t, j); bad != nil {
		t.Fatal("not put back:", bad)
	}
	t.Log(flips, "flips")
}

func mustExec(t *testing.T, db *sql.DB, q string, args ...any) {
	t.Helper()
	if _, err := db.Exec(q, args...); err != nil {
		t.Fatal(err)
	}
}

func TestBreaksAreNamed(t *testing.T) {
	const content = `at = (SELECT at FROM w WHERE w.seq = %d), data = (SELECT data FROM w WHERE w.seq = %[1]d),
		prev = (SELECT prev FROM w WHERE w.seq = %[1]d), hash = (SELECT hash FROM w WHERE w.seq = %[1]d)`
	swap := func(a, b int) string {
		return fmt.Sprintf(`CREATE TEMP TABLE w AS SELECT * FROM event; UPDATE event SET %s WHERE seq = %d; UPDATE event SET %s WHERE seq = %d`,
			fmt.Sprintf(content, a), b, fmt.Sprintf(content, b), a)
	}
	for _, c := range []struct{ name, do, want string }{
		{"first gone", `DELETE FROM event WHERE seq = 1`, "event 1: missing"},
		{"one gone", `DELETE FROM event WHERE seq = 4`, "event 4: missing"},
		{"gone and closed up", `DELETE FROM event WHERE seq = 4; UPDATE event SET seq = seq - 1 WHERE seq > 4`,
			"event 4: event 5 stands in its place"},
		{"swapped", swap(3, 5), "event 3: event 5 stands in its place"},
		{"neighbours swapped", swap(3, 4), "event 3: event 4 stands in its place"},
		{"twice", `INSERT INTO event SELECT * FROM event WHERE seq = 2`, "event 2: there twice"},
		{"twice under a new number", `INSERT INTO event SELECT 7, at, exam, actor, type, data, prev, hash FROM event WHERE seq = 6`,
			"event 7: event 6 stands in its place"},
		{"number is text", `UPDATE event SET seq = 'x' WHERE seq = 6`, "event 6: its number is not a number"},
		{"null", `UPDATE event SET data = NULL WHERE seq = 2`, "event 2: changed"},
		{"all fields of two rows", `UPDATE event SET actor = 'x' WHERE seq IN (2, 5)`, "event 2: changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t)
			j := open(t, path)
			add(t, j, warned(1), warned(2), warned(3), warned(4), warned(5), warned(6))
			mustExec(t, raw(t, path), c.do)
			bad := verify(t, j)
			if bad == nil || bad.Error() != c.want {
				t.Fatalf("%v, want %s", bad, c.want)
			}
			n := uint64(0)
			err := j.Replay(t.Context(), func(e proctor.Event) error { n = e.Seq; return nil })
			if b := (*Break)(nil); !errors.As(err, &b) || *b != *bad || n >= bad.Seq && c.name != "twice" {
				t.Errorf("replayed up to %d: %v", n, err)
			}
		})
	}
}

// TestAnchors: what the chain alone cannot show.
func TestAnchors(t *testing.T) {
	path := file(t)
	j := open(t, path)
	var anchors []Anchor
	for i := range 5 {
		add(t, j, warned(i))
		seq, hash, err := j.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, Anchor{seq, hash})
	}
	if bad := verify(t, j, anchors...); bad != nil {
		t.Error(bad)
	}
	db := raw(t, path)
	mustExec(t, db, `DELETE FROM event WHERE seq > 3`)
	if bad := verify(t, j); bad != nil {
		t.Error("a cut tail is not expected to show by itself:", bad)
	}
	if bad := verify(t, j, anchors...); bad == nil || bad.Seq != 4 || !strings.Contains(bad.What, "event 5 was anchored") {
		t.Error(bad)
	}
	rehash(t, db, 2)
	if bad := verify(t, j); bad != nil {
		t.Error("a chain written anew is not expected to show by itself:", bad)
	}
	if bad := verify(t, j, anchors[2], anchors[0]); bad == nil || bad.Seq != 3 || bad.What != "is not the event that was anchored" {
		t.Error(bad)
	}
}

// rehash changes an event and writes the chain and the tree anew from there on.
func rehash(t *testing.T, db *sql.DB, from uint64) {
	t.Helper()
	mustExec(t, db, `UPDATE event SET actor = 'nobody' WHERE seq = ?`, from)
	head := genesis()
	var edge ledger.Edge
	for {
		l, err := scan(db.QueryRow(`SELECT seq, at, exam, actor, type, data, prev, hash FROM event WHERE seq = ?`, head.Seq+1))
		if errors.Is(err, sql.ErrNoRows) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		l, raw := l.after(head)
		mustExec(t, db, `UPDATE event SET prev = ?, hash = ? WHERE seq = ?`, l.prev, l.hash, l.seq)
		mustExec(t, db, `UPDATE leaf SET hashes = ? WHERE seq = ?`, hexOf(edge.Add(raw)), l.seq)
		head = Anchor{head.Seq + 1, l.hash}
	}
}

// TestDamagedEndIsNotContinued: such a journal can be examined, but not
// appended to.
func TestDamagedEndIsNotContinued(t *testing.T) {
	for _, do := range []string{
		`UPDATE event SET data = '{}' WHERE seq = 2`,
		`UPDATE event SET seq = 'x' WHERE seq = 2`,
		`UPDATE event SET type = 'no.such' WHERE seq = 2`,
		`UPDATE event SET at = 'noon' WHERE seq = 2`,
	} {
		path := file(t)
		add(t, open(t, path), warned(1), warned(2))
		mustExec(t, raw(t, path), do)
		j := open(t, path)
		if bad := verify(t, j); bad == nil || bad.Seq != 2 {
			t.Error(bad)
		}
		if _, err := j.Append(t.Context(), warned(3)); !errors.Is(err, ErrFailed) {
			t.Error(do, err)
		}
	}
}

// TestUnknownFactIsNotSkipped: a sound chain with a fact of a later program.
func TestUnknownFactIsNotSkipped(t *testing.T) {
	path := file(t)
	j := open(t, path)
	add(t, j, warned(1), warned(2))
	db := raw(t, path)
	mustExec(t, db, `UPDATE event SET type = 'from.the.future' WHERE seq = 1`)
	rehash(t, db, 2)
	if bad := verify(t, j); bad != nil {
		t.Fatal(bad)
	}
	err := j.Replay(t.Context(), func(proctor.Event) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "from.the.future") {
		t.Error(err)
	}
}
