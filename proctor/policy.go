package proctor

import (
	"cmp"
	"slices"
	"time"
)

// Rule is the hysteresis of one cause: how long it must be seen before the
// examinee is warned, before a candidate opens, and how long it must be gone
// before the candidate closes. Off causes open nothing.
type Rule struct {
	Off   bool          `json:"off,omitempty"`
	Warn  time.Duration `json:"warn"`  // ≥ 0
	Open  time.Duration `json:"open"`  // ≥ Warn, ≤ 5 min
	Close time.Duration `json:"close"` // > 0, ≤ 5 min
}

// Policy is what one exam watches for, and how patiently, and how its acts are
// signed.
type Policy struct {
	Rules map[Cause]Rule `json:"rules"`
	// NetworkLoss and NetworkFloor: above this loss (0..1) or below this
	// bitrate (bit/s) a blurred picture is the network's fault.
	NetworkLoss  float64 `json:"network_loss"`
	NetworkFloor int     `json:"network_floor"`
	// Thresholds are the detectors'.
	Thresholds Thresholds `json:"thresholds,omitzero"`
	// VirtualCameras are words of the names of cameras that are programs, in any
	// case; none is DefaultVirtualCameras. At most 100, of 3 to 60 characters.
	VirtualCameras []string `json:"virtual_cameras,omitempty"`
	// Evidence is how much recording before and after an incident is pinned.
	Evidence time.Duration `json:"evidence"`
	// Order is in what order acts are signed that are drafted from now on.
	Order Order `json:"order,omitempty"`
}

// Thresholds are what the detectors compare their measures with. One that is 0
// is the default; where each comes from is in models/README.md.
type Thresholds struct {
	FaceWidth float64 `json:"face_width,omitempty"` // pixels; a smaller face cannot be identified
	Person    float64 `json:"person,omitempty"`     // least score, 0..1
	Phone     float64 `json:"phone,omitempty"`      // least score, 0..1
	Book      float64 `json:"book,omitempty"`       // least score, 0..1
	Laptop    float64 `json:"laptop,omitempty"`     // least score, 0..1
	Distance  float64 `json:"distance,omitempty"`   // faces further apart are two persons'
	Yaw       float64 `json:"yaw,omitempty"`        // degrees from the usual that are a look away
	Voice     float64 `json:"voice,omitempty"`      // least probability of speech, 0..1
}

// DefaultThresholds are the detectors' own.
func DefaultThresholds() Thresholds {
	return Thresholds{FaceWidth: 45, Person: 0.45, Phone: 0.35, Book: 0.40, Laptop: 0.40, Distance: 0.60, Yaw: 30, Voice: 0.5}
}

// OrDefault fills in the default for each that is 0.
func (t Thresholds) OrDefault() Thresholds {
	d := DefaultThresholds()
	return Thresholds{
		FaceWidth: cmp.Or(t.FaceWidth, d.FaceWidth), Person: cmp.Or(t.Person, d.Person), Phone: cmp.Or(t.Phone, d.Phone),
		Book: cmp.Or(t.Book, d.Book), Laptop: cmp.Or(t.Laptop, d.Laptop), Distance: cmp.Or(t.Distance, d.Distance),
		Yaw: cmp.Or(t.Yaw, d.Yaw), Voice: cmp.Or(t.Voice, d.Voice),
	}
}

// Validate refuses thresholds that nothing could pass, or everything.
func (t Thresholds) Validate() error {
	for _, c := range []struct{ v, least, most float64 }{
		{t.FaceWidth, 0, 400}, {t.Person, 0, 1}, {t.Phone, 0, 1}, {t.Book, 0, 1}, {t.Laptop, 0, 1},
		{t.Distance, 0, 1.5}, {t.Yaw, 0, 90}, {t.Voice, 0, 1},
	} {
		if !(c.v >= c.least && c.v <= c.most) { // NaN is neither
			return Errorf(Invalid, "policy_threshold")
		}
	}
	return nil
}

// DefaultPolicy is the policy of an exam that names no other. At one look a
// second a covered camera is a candidate at its second look, within 2 s; each
// time is a little under a whole number of looks because looks jitter.
func DefaultPolicy() Policy {
	const ms = time.Millisecond
	return Policy{
		Rules: map[Cause]Rule{
			CauseCovered:  {Warn: 0, Open: 900 * ms, Close: 2 * time.Second},
			CauseBlocked:  {Warn: 0, Open: 0, Close: 1 * time.Second},
			CauseNetwork:  {Warn: 2 * time.Second, Open: 3 * time.Second, Close: 2 * time.Second},
			CauseDark:     {Warn: 3 * time.Second, Off: true},
			CauseBlurred:  {Warn: 3 * time.Second, Open: 6 * time.Second, Close: 3 * time.Second},
			CauseNoFace:   {Warn: 5 * time.Second, Open: 10 * time.Second, Close: 3 * time.Second},
			CauseOutsider: {Warn: 1900 * ms, Open: 2900 * ms, Close: 3 * time.Second},
			CauseIdentity: {Warn: 2900 * ms, Open: 5900 * ms, Close: 3 * time.Second},
			CauseObject:   {Warn: 1900 * ms, Open: 3900 * ms, Close: 5 * time.Second},
			CauseAway:     {Warn: 5 * time.Second, Open: 10 * time.Second, Close: 3 * time.Second},
			CauseVoice:    {Warn: 3 * time.Second, Open: 8 * time.Second, Close: 5 * time.Second},
			CauseFrozen:   {Warn: 10 * time.Second, Open: 15 * time.Second, Close: 3 * time.Second},
			CauseVirtual:  {Warn: 0, Open: 0, Close: 1 * time.Second},
		},
		NetworkLoss:  0.10,
		NetworkFloor: 60_000,
		Evidence:     10 * time.Second,
	}
}

// PolicyFor is the policy of an exam of a form that names no other. Where the
// examinee is to speak, speech is no matter.
func PolicyFor(f Form) Policy {
	p := DefaultPolicy()
	if f == Oral || f == Mixed {
		delete(p.Rules, CauseVoice)
	}
	return p
}

// off returns the causes that are neither warned of nor raised for a seat: by
// its accommodation, or because the exam's policy has no rule for them.
func (p Policy) off(a Accommodation) []Cause {
	off := slices.Clone(a.Off)
	for _, c := range watched() {
		if _, ok := p.Rules[c]; !ok && !slices.Contains(off, c) {
			off = append(off, c)
		}
	}
	return off
}

// Off returns the causes that are neither warned of nor raised for a seat.
func (s *State) Off(t *Seat) []Cause { return s.Exam.Policy.off(t.Accommodation) }

// Validate refuses a policy that could accuse too fast or never.
func (p Policy) Validate() error {
	const most = 5 * time.Minute
	for _, r := range p.Rules {
		if r.Warn < 0 || r.Open < 0 || r.Open > most || r.Close < 0 || r.Close > most || (!r.Off && (r.Open < r.Warn || r.Close == 0)) {
			return Errorf(Invalid, "policy_rule")
		}
	}
	if err := p.Thresholds.Validate(); err != nil {
		return err
	}
	if err := p.validVirtual(); err != nil {
		return err
	}
	if !p.Order.known() {
		return Errorf(Invalid, "policy_order")
	}
	if p.NetworkLoss < 0 || p.NetworkLoss > 1 || p.NetworkFloor < 0 || p.Evidence < 0 || p.Evidence > most {
		return Errorf(Invalid, "policy_rule")
	}
	return nil
}
