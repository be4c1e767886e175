package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"qyragy/proctor"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("JOURNAL_CHILD"); path != "" {
		os.Exit(child(path))
	}
	// scs.New starts a store of its own, which cannot be stopped without a race.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
}

func open(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "a b?c%d#e.db") }

func warned(n int) proctor.Event {
	return proctor.Event{
		At:   time.Date(2026, 5, 4, 9, 0, n, 123456789, time.UTC),
		Exam: "E1", Actor: proctor.ActorEngine,
		Fact: &proctor.ExamineeWarned{Seat: proctor.SeatID(fmt.Sprint("S", n)), Cause: proctor.CauseCovered},
	}
}

func add(t testing.TB, j *Journal, events ...proctor.Event) []proctor.Event {
	t.Helper()
	out, err := j.Append(t.Context(), events...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func replay(t testing.TB, j *Journal) []proctor.Event {
	t.Helper()
	var all []proctor.Event
	err := j.Replay(t.Context(), func(e proctor.Event) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sound(t testing.TB, j *Journal, events uint64) {
	t.Helper()
	r, err := j.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Bad != nil || r.Events != events {
		t.Fatalf("verify: %+v, want %d sound events", r, events)
	}
}

// everyFact returns a fact of every type that the domain's source names, with
// no field left zero.
func everyFact(t testing.TB) []proctor.Fact {
	t.Helper()
	src, err := os.ReadFile("../fact_type.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`Type\(\) string +\{ return "([a-z._]+)" \}`).FindAllSubmatch(src, -1)
	if len(names) < 33 {
		t.Fatalf("only %d fact types found in ../fact_type.go", len(names))
	}
	var all []proctor.Fact
	for _, n := range names {
		f, err := proctor.NewFact(string(n[1]))
		if err != nil {
			t.Fatal(err)
		}
		fill(reflect.ValueOf(f).Elem(), f.Type())
		all = append(all, f)
	}
	return all
}

func fill(v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 5, 4, 3, 2, 1, len(name)*1001, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("Қырағы <" + name + "> \x01\"'\u2028")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(name)) + 1<<40)
	case reflect.Uint8:
		v.SetUint(uint64(len(name)))
	case reflect.Float64:
		v.SetFloat(0.1 + float64(len(name)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), name+"0")
		fill(v.Index(1), name+"1")
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, name+"K")
		fill(e, name+"E")
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name)
		}
	default:
		panic("fill " + v.Type().String())
	}
}

func TestEveryFactSurvives(t *testing.T) {
	path := file(t)
	j := open(t, path)
	east := time.FixedZone("", 5*3600)
	var want []proctor.Event
	for i, f := range everyFact(t) {
		e := proctor.Event{At: time.Now().In(east), Exam: "E\x00'1", Actor: proctor.SeatActor("S1"), Fact: f}
		want = append(want, add(t, j, e)...)
		if want[i].Seq != uint64(i+1) || !want[i].At.Equal(e.At) {
			t.Fatalf("%s: appended as %d at %v", f.Type(), want[i].Seq, want[i].At)
		}
	}
	if diff := cmp.Diff(want, replay(t, j)); diff != "" {
		t.Error(diff)
	}
	again := open(t, path)
	if diff := cmp.Diff(want, replay(t, again)); diff != "" {
		t.Error("after opening again:", diff)
	}
}

func TestReopenContinues(t *testing.T) {
	path := file(t)
	var heads []Anchor
	for run := range 4 {
		j, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		out := add(t, j, warned(1), warned(2), warned(3))
		if out[0].Seq != uint64(3*run+1) {
			t.Errorf("run %d begins with %d", run, out[0].Seq)
		}
		seq, hash, err := j.Head(t.Context())
		if err != nil || seq != out[2].Seq {
			t.Errorf("head %d, %v", seq, err)
		}
		heads = append(heads, Anchor{seq, hash})
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j := open(t, path)
	r, err := j.Verify(t.Context(), heads...)
	if err != nil || r.Bad != nil || r.Events != 12 || r.Head != heads[3].Hash {
		t.Errorf("%+v, %v", r, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestEmpty(t *testing.T) {
	j := open(t, file(t))
	if seq, hash, err := j.Head(t.Context()); seq != 0 || hash != strings.Repeat("0", 64) || err != nil {
		t.Error(seq, hash, err)
	}
	if out, err := j.Append(t.Context()); out != nil || err != nil {
		t.Error(out, err)
	}
	sound(t, j, 0)
}

// TestHash pins the chain's format: a journal of today must verify for ever.
// The number is that of:
// printf '64:%064d,1:1,30:2026-05-04T09:00:07.123456789Z,2:E1,6:engine,15:examinee.warned,31:{"seat":"S7","cause":"covered"},' 0 | sha256sum
func TestHash(t *testing.T) {
	j := open(t, file(t))
	add(t, j, warned(7))
	_, hash, err := j.Head(t.Context())
	if want := "a94812b91cc5050e5febb7922da64f1994dd45729add6304c80fac2191927837"; hash != want || err != nil {
		t.Errorf("hash %s, want %s, %v", hash, want, err)
	}
}

func TestDurabilitySettings(t *testing.T) {
	j := open(t, file(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := j.writer.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v; want %s", pragma, got, err, want)
		}
	}
	if _, err := j.reader.Exec(`DELETE FROM session`); err == nil {
		t.Error("the reader can write")
	}
}

func TestTriggersRefuse(t *testing.T) {
	j := open(t, file(t))
	add(t, j, warned(1), warned(2))
	for _, q := range []string{
		`UPDATE event SET actor = 'x'`,
		`UPDATE event SET seq = 9 WHERE seq = 2`,
		`DELETE FROM event WHERE seq = 2`,
		`INSERT OR REPLACE INTO event SELECT 2, at, exam, 'x', type, data, prev, hash FROM event WHERE seq = 2`,
		`INSERT INTO event SELECT 4, at, exam, actor, type, data, prev, hash FROM event WHERE seq = 2`,
	} {
		if _, err := j.writer.Exec(q); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", q, err)
		}
	}
	sound(t, j, 2)
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := file(t)
	j := open(t, path)
	if _, err := j.writer.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Error(err)
	}
}

func TestConcurrentAppends(t *testing.T) {
	j := open(t, file(t))
	const writers, rounds = 16, 25
	got := make([][]proctor.Event, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for r := range rounds {
				out, err := j.Append(context.Background(), warned(w), warned(r), warned(w))
				if err != nil {
					t.Error(err)
					return
				}
				got[w] = append(got[w], out...)
			}
		})
	}
	wg.Wait()
	seen := map[uint64]proctor.Event{}
	for _, mine := range got {
		for i, e := range mine {
			if i%3 != 0 && e.Seq != mine[i-1].Seq+1 || i > 0 && e.Seq <= mine[i-1].Seq {
				t.Fatalf("%d after %d", e.Seq, mine[i-1].Seq)
			}
			seen[e.Seq] = e
		}
	}
	all := replay(t, j)
	if len(all) != 3*writers*rounds || len(seen) != len(all) {
		t.Fatalf("%d events, %d numbers, want %d", len(all), len(seen), 3*writers*rounds)
	}
	for _, e := range all {
		if diff := cmp.Diff(seen[e.Seq], e); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestReplayMayAppend(t *testing.T) {
	j := open(t, file(t))
	add(t, j, warned(1), warned(2))
	n := 0
	err := j.Replay(t.Context(), func(e proctor.Event) error {
		n++
		_, err := j.Append(t.Context(), e)
		return err
	})
	if err != nil || n != 2 {
		t.Error(n, err)
	}
	sound(t, j, 4)
}

func TestReplayStops(t *testing.T) {
	j := open(t, file(t))
	add(t, j, warned(1), warned(2))
	enough := errors.New("enough")
	n := 0
	err := j.Replay(t.Context(), func(proctor.Event) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Error(n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Replay(ctx, func(proctor.Event) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCancelledAppendIsStillWhole(t *testing.T) {
	j := open(t, file(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ctx, warned(1)); err != nil {
		t.Error(err)
	}
	sound(t, j, 1)
}

// raw opens a journal's file as its owner can: with no triggers, no keys and
// no patience for the disk.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := connect(path, "synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, q := range []string{
		`CREATE TABLE loose AS SELECT * FROM event`, `DROP TABLE event`, `ALTER TABLE loose RENAME TO event`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return db
}
