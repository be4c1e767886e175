package main

import (
	"context"

	"qyragy/detect"
	"qyragy/proctor"
)

// recordingLog is the journal as the recorder sees it: media.Log.
type recordingLog struct{ *proctor.Engine }

// companions tells the detectors who may sit beside an examinee.
type companions struct{ engine *proctor.Engine }

// Companions implements detect.Seats.
func (c companions) Companions(id proctor.SeatID) (n int) {
	_ = c.engine.ViewSeat(id, func(_ *proctor.State, t *proctor.Seat) { n = t.Accommodation.Companions })
	return n // an unknown seat has none
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

// looks hands looks to the engine.
var _ detect.Looks = (*proctor.Engine)(nil)
