package proctor

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fill sets every field below v to something that is not zero.
func fill(t testing.TB, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("қ<&\"%d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, k, n)
		fill(t, e, n)
		v.SetMapIndex(k, e)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon.Add(time.Duration(*n) * 1234567)))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	default:
		t.Fatalf("a fact holds a %s", v.Kind())
	}
}

// Every fact, full and empty, comes back from JSON as it was: no field is
// lost in the journal.
func TestEventRoundTrip(t *testing.T) {
	names := map[string]bool{}
	for _, f := range facts() {
		name := f.Type()
		if names[name] {
			t.Errorf("two facts are named %s", name)
		}
		names[name] = true
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " full=", full), func(t *testing.T) {
				f, err := NewFact(name)
				if err != nil {
					t.Fatal(err)
				}
				if full {
					n := 0
					fill(t, reflect.ValueOf(f).Elem(), &n)
				}
				e := Event{Seq: 7, At: noon.Add(123456789), Exam: "x", Actor: "a", Fact: f}
				b, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				var got Event
				if err := json.Unmarshal(b, &got); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(e, got); d != "" {
					t.Errorf("-written +read:\n%s", d)
				}
			})
		}
	}
}

// facts lists every type that has an apply method: one that is missing could
// be written but never read again.
func TestFactsAreComplete(t *testing.T) {
	if n := len(facts()); n != 64 {
		t.Errorf("%d facts; a new one needs its name in PROTOCOL.md too, a lost one breaks old journals", n)
	}
}

func TestEventRefuses(t *testing.T) {
	if _, err := NewFact("seat.levitated"); err == nil {
		t.Error("an unknown fact was made")
	}
	for name, line := range map[string]string{
		"unknown type": `{"seq":1,"at":"2026-11-23T07:00:00Z","type":"seat.levitated","data":{}}`,
		"no type":      `{"seq":1,"at":"2026-11-23T07:00:00Z","data":{}}`,
		"no data":      `{"seq":1,"at":"2026-11-23T07:00:00Z","type":"seat.admitted"}`,
		"wrong data":   `{"seq":1,"at":"2026-11-23T07:00:00Z","type":"seat.admitted","data":{"seat":7}}`,
		"wrong time":   `{"seq":1,"at":"noon","type":"seat.admitted","data":{}}`,
		"no object":    `[]`,
	} {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err == nil {
			t.Errorf("%s: read %+v", name, e)
		}
	}
	if _, err := json.Marshal(Event{}); err == nil || !strings.Contains(err.Error(), "without a fact") {
		t.Errorf("an event without a fact was written: %v", err)
	}
}

// FuzzEvent reads anything: it never panics, what it reads it writes so that
// it reads the same, and a state takes or refuses it without a panic.
func FuzzEvent(f *testing.F) {
	for _, fact := range facts() {
		n := 0
		fill(f, reflect.ValueOf(fact).Elem(), &n)
		b, err := json.Marshal(Event{Seq: 1, At: noon, Exam: "exam", Actor: "a", Fact: fact})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"type":"act.signed","data":null}`))
	f.Add([]byte(`{"type":"score.annulled","data":{"seat":"seat","act":"a1"},"seq":99}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Event
		if json.Unmarshal(b, &e) != nil {
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			return // a time outside RFC 3339's years
		}
		var got Event
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatalf("cannot read back %s: %v", again, err)
		}
		twice, err := json.Marshal(got)
		if err != nil || string(twice) != string(again) {
			t.Fatalf("%s became %s: %v", again, twice, err)
		}
		o := newOffice(t)
		o.draft("c1", "a1")
		e.Seq = o.state.LastSeq + 1
		if o.state.Apply(e) == nil && o.state.Seats[testSeat].ScoreAnnulled != "" {
			t.Fatalf("%s annulled a score by itself", again)
		}
	})
}
