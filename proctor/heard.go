package proctor

import (
	"context"
	"fmt"
	"time"
)

// Heard is how much of about a second of a seat's sound is speech. Speech of
// the examinee herself and of somebody else are the same to it, and what is
// said or by whom nobody computes: it is a hint, for the proctor to listen.
type Heard struct {
	Seat  SeatID    `json:"seat"`
	At    time.Time `json:"at"`    // when the sound ended, at the server
	Voice float64   `json:"voice"` // the share of the sound that is speech, 0..1
	Level float64   `json:"level"` // loudness, dBov: -127, silence, to 0
	// Detector is the name and version of what heard it.
	Detector string `json:"detector"`
}

// spoken is the least share of a sound that counts as speech: a word or two in
// a second. A cough or a chair is shorter.
const spoken = 0.3

// Speech reports whether enough of the sound is speech to count.
func (h Heard) Speech() bool { return h.Voice >= spoken }

// Validate refuses numbers that are none or that cannot be.
func (h Heard) Validate() error {
	if err := finite("heard", h.Voice, h.Level); err != nil {
		return err
	}
	if h.Voice < 0 || h.Voice > 1 || h.Level < -127 || h.Level > 0 {
		return Errorf(Invalid, "heard")
	}
	return nil
}

// Heard takes what was heard at a seat. Where nothing is loud enough to be
// speech nobody listens, and the SFU says so (MediaReport.Quiet).
func (e *Engine) Heard(ctx context.Context, h Heard) error {
	if err := h.Validate(); err != nil {
		return err
	}
	h.Detector = cut(h.Detector, lookVersion)
	return e.watching(ctx, h.Seat, func(w *watch) []Fact { return w.listen(h) })
}

// listen weighs one sound.
func (w *watch) listen(h Heard) []Fact {
	if !h.At.After(w.lastHeard) {
		return nil
	}
	w.lastHeard = h.At
	if !h.Speech() {
		return w.miss(CauseVoice, h.At)
	}
	return w.hit(h.Seat, CauseVoice, Peak{At: h.At, Score: h.Voice, Detector: h.Detector,
		Detail: fmt.Sprintf("speech in %.0f %% of a second, %.0f dBov; whose is not known", 100*h.Voice, h.Level)})
}

// hush takes the SFU's word that nothing is loud enough to be listened to.
func (w *watch) hush(m MediaReport) []Fact {
	if !m.Quiet {
		return nil
	}
	return w.miss(CauseVoice, m.At)
}
