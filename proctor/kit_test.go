package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// noon is when every test's exam opens.
var noon = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

// testClock is a time that only tests move.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

var errDisk = errors.New("the disk is full")

// memory is a Journal that keeps its lines as JSON, so that what a replay
// gives back has gone through the format, and that can be made to fail.
type memory struct {
	mu     sync.Mutex
	lines  [][]byte
	calls  int
	failAt int // the call of Append that fails, from 1; 0 is never
	broken bool
	late   int // Appends after a failure: the caller did not stop
}

func (j *memory) Append(_ context.Context, events ...Event) ([]Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls++
	if j.broken {
		j.late++
		return nil, errDisk
	}
	if j.calls == j.failAt {
		j.broken = true
		return nil, errDisk
	}
	events = slices.Clone(events)
	lines := make([][]byte, len(events))
	for i := range events {
		events[i].Seq = uint64(len(j.lines) + i + 1)
		b, err := json.Marshal(events[i])
		if err != nil {
			return nil, err
		}
		lines[i] = b
	}
	j.lines = append(j.lines, lines...)
	return events, nil
}

func (j *memory) Replay(_ context.Context, fn func(Event) error) error {
	j.mu.Lock()
	lines := slices.Clone(j.lines)
	j.mu.Unlock()
	for _, l := range lines {
		var e Event
		if err := json.Unmarshal(l, &e); err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// events are the journal's lines, read back.
func (j *memory) events(t testing.TB) []Event {
	t.Helper()
	var out []Event
	if err := j.Replay(t.Context(), func(e Event) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// again is a journal with the same lines and no fault: the disk after a restart.
func (j *memory) again() *memory {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &memory{lines: slices.Clone(j.lines)}
}

// counter returns short identifiers in order.
func counter(prefix string) func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("%s%d", prefix, n)
	}
}

func testExam() Exam {
	return Exam{
		Title: "Емтихан", Discipline: "Алгебра", Kind: SessionExam, Form: TestComplex,
		Opens: noon, Closes: noon.Add(2 * time.Hour), Policy: DefaultPolicy(),
	}
}

func testExaminee(n int) Examinee {
	return Examinee{StudentID: fmt.Sprint("s", n), Name: "Қ. Ә. Ұлы", Specialty: "6B01", Group: "МТ-21"}
}

// officials are the three who sign, in order.
func officials() []Person {
	return []Person{
		{Login: "maman", Name: "М. М.", Roles: []Role{RoleSpecialist, RoleProctor}},
		{Login: "injener", Name: "И. И.", Roles: []Role{RoleEngineer}},
		{Login: "mengerushi", Name: "Х. Х.", Roles: []Role{RoleHead}},
	}
}

func testDocument(digest string, signatures int) Document {
	return Document{
		Receipt: Receipt{Key: "acts/x", SHA256: fmt.Sprintf("%s-%d", digest, signatures), Size: 1, At: noon},
		Digest:  digest,
	}
}

// wantError checks an Error's kind and key; "" wants no error.
func wantError(t testing.TB, err error, kind Kind, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Fatalf("got %v, want no error", err)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || e.Key != key {
		t.Fatalf("got %v, want %s: %s", err, kind, key)
	}
}

// stand is one admitted seat with its watch, and the State that the watch's
// facts fold into.
type stand struct {
	t     testing.TB
	state *State
	w     *watch
	at    time.Time
	rng   *rand.Rand
	// jitter is the most by which a second is longer or shorter.
	jitter time.Duration
	newID  func() string
}

const testSeat SeatID = "seat"

func newStand(t testing.TB, a Accommodation) *stand {
	s := &stand{t: t, state: NewState(), at: noon, rng: rand.New(rand.NewPCG(1, 2)), newID: counter("i")}
	x := testExam()
	x.ID = "exam"
	s.fold(&ExamScheduled{x}, &SeatAssigned{testSeat, testExaminee(1), a, "hash"},
		&ConsentGiven{testSeat, "1", "kk"}, &SeatAdmitted{testSeat}, &MediaConnected{testSeat, 1})
	s.w = newWatch(x.Policy, s.state.Seats[testSeat], s.newID, s.at)
	return s
}

// fold applies facts; the watch's own and what a person decided alike.
func (s *stand) fold(facts ...Fact) {
	s.t.Helper()
	for _, f := range facts {
		e := Event{Seq: s.state.LastSeq + 1, At: s.at, Exam: "exam", Actor: ActorEngine, Fact: f}
		if err := s.state.Apply(e); err != nil {
			s.t.Fatalf("at %v: %v", s.at.Sub(noon), err)
		}
	}
}

func (s *stand) look(obs ...Observation) {
	s.t.Helper()
	l := Look{Seat: testSeat, At: s.at, Width: 640, Height: 480, Luma: 110, Observations: obs, Detector: "test"}
	if len(obs) == 0 {
		l.Faces, l.People = []Box{{0.4, 0.3, 0.2, 0.3}}, 1
	}
	s.fold(s.w.look(l)...)
}

// black is a look at a covered lens, sees one with a single observation.
func (s *stand) black() { s.t.Helper(); s.sees(CauseCovered) }
func (s *stand) sees(c Cause) {
	s.t.Helper()
	s.look(Observation{Cause: c, Score: 0.9, Detail: "test"})
}

func (s *stand) media(m MediaReport) {
	s.t.Helper()
	m.Seat, m.At = testSeat, s.at
	s.fold(s.w.packets(m)...)
}

// flow is a healthy second, starve one with little and lossy video.
func (s *stand) flow() {
	s.t.Helper()
	s.media(MediaReport{Connected: true, VideoFrames: 15, Bits: 500_000})
}

func (s *stand) starve() {
	s.t.Helper()
	s.media(MediaReport{Connected: true, VideoFrames: 4, Bits: 30_000, Loss: 0.3})
}

func (s *stand) report(k ReportKind, detail string) {
	s.t.Helper()
	r := ClientReport{Seat: testSeat, At: s.at, Kind: k, Detail: detail}
	s.fold(append([]Fact{&ClientReported{r}}, s.w.report(r)...)...)
}

// wait lets time pass without a word from anybody.
func (s *stand) wait(d time.Duration) { s.at = s.at.Add(d) }

// run has each of steps happen once a second, n times.
func (s *stand) run(n int, steps ...func()) {
	s.t.Helper()
	for range n {
		s.at = s.at.Add(time.Second)
		back := s.at
		if s.jitter > 0 {
			s.at = s.at.Add(time.Duration(s.rng.Int64N(int64(2*s.jitter))) - s.jitter)
		}
		for _, step := range steps {
			step()
		}
		s.at = back
	}
}

// incidents in the order they were opened.
func (s *stand) incidents() []Incident {
	var out []Incident
	for _, i := range s.state.Incidents {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Incident) int { return a.Opened.Compare(b.Opened) })
	return out
}

// want checks the causes of all incidents so far and returns them.
func (s *stand) want(causes ...Cause) []Incident {
	s.t.Helper()
	all := s.incidents()
	got := make([]Cause, len(all))
	for i := range all {
		got[i] = all[i].Cause
	}
	if !slices.Equal(got, causes) {
		s.t.Fatalf("at %v: incidents %v, want %v", s.at.Sub(noon), got, causes)
	}
	return all
}

// warned are the causes the examinee was warned of, in order.
func (s *stand) warned() []Cause {
	var out []Cause
	for _, w := range s.state.Seats[testSeat].Warnings {
		out = append(out, w.Cause)
	}
	return out
}
