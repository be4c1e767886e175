package proctor

import (
	"fmt"
	"time"
)

// starvation is what a watch remembers of a network that carries too little.
type starvation struct {
	thin    time.Time // the latest report of too little
	blurred time.Time // the latest look, if it was a blur at that time
}

// thinHolds is how long after the network was too poor a blur is still its
// fault: a browser takes that long to sharpen the picture again, and a poor
// network's numbers come and go.
const thinHolds = 5 * time.Second

// thin reports whether a report is of a network too poor to blame the camera
// for a blur; before the first report nothing is known against it.
func (w *watch) thin(m MediaReport) bool {
	return !m.At.IsZero() && (!m.Connected || m.Loss > w.policy.NetworkLoss || m.Bits < w.policy.NetworkFloor)
}

// wasThin reports whether the network is too poor, or was a moment ago.
func (w *watch) wasThin() bool {
	return !w.starved.thin.IsZero() && w.media.At.Sub(w.starved.thin) <= thinHolds
}

// smeared reports whether the network is too poor now and the latest look was
// a blur: where hardly a frame comes through, looks are seldom.
func (w *watch) smeared(m MediaReport) bool {
	return w.thin(m) && !w.starved.blurred.IsZero() && m.At.Sub(w.starved.blurred) <= blind
}

func networkDetail(m MediaReport) string {
	switch {
	case !m.Connected:
		return "no transport"
	case m.Bits == 0:
		return "no packets"
	case m.VideoFrames == 0:
		return "no video frames"
	default:
		return fmt.Sprintf("blurred: loss %.2f, %d bit/s", m.Loss, m.Bits)
	}
}
