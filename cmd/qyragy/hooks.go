package main

import (
	"context"
	"slices"
	"time"

	"qyragy/detect"
	"qyragy/media"
	"qyragy/proctor"
)

// terms tells the detectors what they must know of a seat.
type terms struct {
	engine *proctor.Engine
	faces  *faces
}

// Terms implements detect.Seats.
func (c terms) Terms(id proctor.SeatID) (t detect.Terms) {
	var who admitted
	_ = c.engine.ViewSeat(id, func(s *proctor.State, seat *proctor.Seat) {
		who = admittedTo(s, seat)
		t.Companions, t.Thresholds = seat.Accommodation.Companions, s.Exam.Policy.Thresholds
		t.Off, t.Scenery = s.Off(seat), seat.Scenery
	})
	t.Enrolled = c.faces.of(id, who)
	return t // an unknown seat has none
}

// speech tells the listener at which seats speech matters.
type speech struct{ engine *proctor.Engine }

// Speech implements detect.Wanted.
func (c speech) Speech(id proctor.SeatID) (threshold float64, wanted bool) {
	_ = c.engine.ViewSeat(id, func(s *proctor.State, seat *proctor.Seat) {
		threshold = s.Exam.Policy.Thresholds.Voice
		wanted = seat.Stage == proctor.Admitted && !slices.Contains(s.Off(seat), proctor.CauseVoice)
	})
	return threshold, wanted // nobody wants to hear of an unknown seat
}

// monitor hands the SFU's reports to the engine without keeping it waiting.
type monitor struct {
	engine  *proctor.Engine
	reports chan proctor.MediaReport
}

// monitorBuffer holds a few seconds of reports of a full house; what does not
// fit is dropped, because a newer report follows within a second.
const monitorBuffer = 4096

func newMonitor(e *proctor.Engine) *monitor {
	return &monitor{engine: e, reports: make(chan proctor.MediaReport, monitorBuffer)}
}

// Report implements media.Monitor.
func (m *monitor) Report(r proctor.MediaReport) {
	select {
	case m.reports <- r:
	default:
	}
}

// run passes reports on until ctx ends. A seat that is not known (any more) is
// nobody's business; a failed journal stops the engine by itself.
func (m *monitor) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-m.reports:
			if err := m.engine.Packets(ctx, r); err != nil && proctor.KindOf(err) != proctor.NotFound {
				return ignoreCancel(ctx, err)
			}
		}
	}
}

// ignoreCancel drops an error that only says that ctx ended.
func ignoreCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// The engine is the journal as the recorder sees it, and takes what is seen and
// heard.
var (
	_ media.Log     = (*proctor.Engine)(nil)
	_ detect.Looks  = (*proctor.Engine)(nil)
	_ detect.Sounds = (*proctor.Engine)(nil)
	_ media.Sounds  = (*detect.Listener)(nil)
)

// follow gives react every fact from now on and runs sweep at the start and
// then every so often, for what react missed: as after a restart, or when it
// was too slow and its subscription was cut. It ends with ctx, when the engine
// has failed, or with the first error of either.
func follow(ctx context.Context, e *proctor.Engine, every time.Duration, react func(proctor.Fact) error, sweep func() error) error {
	sub := e.SubscribeAll()
	defer func() { sub.Close() }()
	tick := time.NewTicker(every)
	defer tick.Stop()
	err := sweep()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err = sweep()
		case ev, ok := <-sub.C:
			if ok {
				err = react(ev.Fact)
				break
			}
			if ctx.Err() != nil || e.Err() != nil {
				return nil
			}
			sub = e.SubscribeAll()
		}
	}
	return err
}
