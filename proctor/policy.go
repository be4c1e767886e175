package proctor

import "time"

// Rule is the hysteresis of one cause: how long it must be seen before the
// examinee is warned, before a candidate opens, and how long it must be gone
// before the candidate closes. Off causes open nothing.
type Rule struct {
	Off   bool          `json:"off,omitempty"`
	Warn  time.Duration `json:"warn"`  // ≥ 0
	Open  time.Duration `json:"open"`  // ≥ Warn, ≤ 5 min
	Close time.Duration `json:"close"` // > 0, ≤ 5 min
}

// Policy is what one exam watches for, and how patiently.
type Policy struct {
	Rules map[Cause]Rule `json:"rules"`
	// NetworkLoss and NetworkFloor: above this loss (0..1) or below this
	// bitrate (bit/s) a blurred picture is the network's fault.
	NetworkLoss  float64 `json:"network_loss"`
	NetworkFloor int     `json:"network_floor"`
	// Evidence is how much recording before and after an incident is pinned.
	Evidence time.Duration `json:"evidence"`
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
		},
		NetworkLoss:  0.10,
		NetworkFloor: 60_000,
		Evidence:     10 * time.Second,
	}
}

// Validate refuses a policy that could accuse too fast or never.
func (p Policy) Validate() error {
	const most = 5 * time.Minute
	for _, r := range p.Rules {
		if r.Warn < 0 || r.Open < 0 || r.Open > most || r.Close < 0 || r.Close > most || (!r.Off && (r.Open < r.Warn || r.Close == 0)) {
			return Errorf(Invalid, "policy_rule")
		}
	}
	if p.NetworkLoss < 0 || p.NetworkLoss > 1 || p.NetworkFloor < 0 || p.Evidence < 0 || p.Evidence > most {
		return Errorf(Invalid, "policy_rule")
	}
	return nil
}
