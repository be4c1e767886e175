package eval

import (
	"context"
	"slices"
	"sync"
	"time"

	"qyragy/proctor"
)

// seat is one admitted examinee of a real engine whose journal is forgotten
// and whose clock stands until a look is taken.
type seat struct {
	*proctor.Engine
	id   proctor.SeatID
	mu   sync.Mutex
	time time.Time
}

// forgetful is a journal that numbers and keeps nothing.
type forgetful struct{ last uint64 }

func (j *forgetful) Append(_ context.Context, events ...proctor.Event) ([]proctor.Event, error) {
	events = slices.Clone(events)
	for i := range events {
		j.last++
		events[i].Seq = j.last
	}
	return events, nil
}

func (j *forgetful) Replay(context.Context, func(proctor.Event) error) error { return nil }

// newSeat is admitted to an exam with the default policy; Close ends it.
func newSeat(ctx context.Context) (*seat, error) {
	s := &seat{time: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var err error
	if s.Engine, err = proctor.Open(ctx, &forgetful{}, proctor.Options{Now: s.now}); err != nil {
		return nil, err
	}
	if s.id, err = s.admit(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *seat) admit(ctx context.Context) (proctor.SeatID, error) {
	exam, err := s.ScheduleExam(ctx, proctor.ActorDemo, proctor.Exam{
		Title: "Evaluation", Discipline: "Evaluation", Kind: proctor.SessionExam, Form: proctor.TestComplex,
		Opens: s.now(), Closes: s.now().Add(12 * time.Hour), Policy: proctor.DefaultPolicy(),
	})
	if err != nil {
		return "", err
	}
	id, _, err := s.AssignSeat(ctx, proctor.ActorDemo, exam.ID, proctor.Examinee{
		StudentID: "1", Name: "Evaluation", Specialty: "Evaluation", Group: "1",
	}, proctor.Accommodation{})
	if err != nil {
		return "", err
	}
	return id, s.MachineJoin(ctx, id)
}

func (s *seat) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time
}

// second lets one pass on a healthy connection and returns the time.
func (s *seat) second(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	s.time = s.time.Add(time.Second)
	at := s.time
	s.mu.Unlock()
	return at, s.Packets(ctx, proctor.MediaReport{Seat: s.id, At: at, Connected: true, VideoFrames: 15, Bits: 500_000})
}

// raised are the causes of all candidates so far, in the order of their
// opening; advised those of which the examinee was only told.
func (s *seat) raised() (raised, advised []proctor.Cause, err error) {
	err = s.ViewSeat(s.id, func(state *proctor.State, t *proctor.Seat) {
		var all []*proctor.Incident
		for _, i := range state.Incidents {
			all = append(all, i)
		}
		slices.SortFunc(all, func(a, b *proctor.Incident) int { return a.Opened.Compare(b.Opened) })
		for _, i := range all {
			raised = append(raised, i.Cause)
		}
		for _, w := range t.Warnings {
			advised = append(advised, w.Cause)
		}
	})
	return raised, advised, err
}
