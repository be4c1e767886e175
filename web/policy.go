package web

import (
	"context"
	"slices"
	"time"

	"qyragy/proctor"
)

// mode is how far a cause may go.
type mode string

// The modes. What only advises warns the examinee and asks nobody to look.
const (
	modeOn     mode = "on"
	modeAdvice mode = "advice"
	modeOff    mode = "off"
)

// ruleBody is one cause's rule with its times in seconds; what is left out is
// the default.
type ruleBody struct {
	Mode  mode     `json:"mode,omitempty" enum:"on,advice,off"`
	Warn  *float64 `json:"warn,omitempty" doc:"seconds until the examinee is warned"`
	Open  *float64 `json:"open,omitempty" doc:"seconds until a person is asked to look"`
	Close *float64 `json:"close,omitempty" doc:"seconds without it until it is over"`
}

// policyBody is a policy; whatever is left out is the default.
type policyBody struct {
	Rules        map[proctor.Cause]ruleBody `json:"rules,omitempty"`
	NetworkLoss  *float64                   `json:"network_loss,omitempty" doc:"0 to 1"`
	NetworkFloor *int                       `json:"network_floor,omitempty" doc:"bit/s"`
	Thresholds   proctor.Thresholds         `json:"thresholds,omitempty"`
	Virtual      []string                   `json:"virtual_cameras,omitempty" doc:"words of the names of cameras that are programs"`
	Evidence     *float64                   `json:"evidence,omitempty" doc:"seconds of recording around an incident"`
	Order        proctor.Order              `json:"order,omitempty" enum:"form,any" doc:"in what order acts are signed that are drafted from now on: the form's (default), or any, the head last in Appendix A"`
}

// policyOf is the policy that b asks for an exam of a form, not yet validated.
func policyOf(b policyBody, form proctor.Form) (proctor.Policy, error) {
	p := proctor.PolicyFor(form)
	p.VirtualCameras = b.Virtual
	if b.Order != proctor.OrderForm { // which an older journal does not name
		p.Order = b.Order
	}
	if b.Thresholds.OrDefault() != proctor.DefaultThresholds() {
		p.Thresholds = b.Thresholds
	}
	if b.NetworkLoss != nil {
		p.NetworkLoss = *b.NetworkLoss
	}
	if b.NetworkFloor != nil {
		p.NetworkFloor = *b.NetworkFloor
	}
	if err := setSeconds(&p.Evidence, b.Evidence); err != nil {
		return proctor.Policy{}, err
	}
	rules := proctor.DefaultPolicy().Rules // that of a form may lack some
	for c, asked := range b.Rules {
		r, known := rules[c]
		if !known {
			return proctor.Policy{}, proctor.Errorf(proctor.Invalid, "policy_cause")
		}
		switch _, watched := p.Rules[c]; {
		case asked.Mode == modeOff, asked.Mode == "" && !watched:
			delete(p.Rules, c)
			continue
		case asked.Mode == modeOn:
			r.Off = false
		case asked.Mode == modeAdvice:
			r.Off = true
		}
		for _, x := range []struct {
			to *time.Duration
			s  *float64
		}{{&r.Warn, asked.Warn}, {&r.Open, asked.Open}, {&r.Close, asked.Close}} {
			if err := setSeconds(x.to, x.s); err != nil {
				return proctor.Policy{}, err
			}
		}
		p.Rules[c] = r
	}
	return p, nil
}

// setSeconds reads seconds to the millisecond, if given.
func setSeconds(to *time.Duration, s *float64) error {
	switch {
	case s == nil:
		return nil
	case !(*s >= 0 && *s <= 3600): // a Duration could not hold every number
		return proctor.Errorf(proctor.Invalid, "policy_rule")
	}
	*to = time.Duration(*s*1000+0.5) * time.Millisecond
	return nil
}

// bodyOf is a policy as policyOf reads it. A cause that is not watched keeps
// its default times, for when it is.
func bodyOf(p proctor.Policy) policyBody {
	evidence := p.Evidence.Seconds()
	out := policyBody{
		Rules: map[proctor.Cause]ruleBody{}, NetworkLoss: &p.NetworkLoss, NetworkFloor: &p.NetworkFloor,
		Thresholds: p.Thresholds.OrDefault(), Virtual: p.VirtualCameras, Evidence: &evidence,
		Order: p.Order.How(),
	}
	for c, r := range proctor.DefaultPolicy().Rules {
		m := modeOff
		if set, watched := p.Rules[c]; watched {
			m, r = modeOn, set
			if r.Off {
				m = modeAdvice
			}
		}
		warn, open, end := r.Warn.Seconds(), r.Open.Seconds(), r.Close.Seconds()
		out.Rules[c] = ruleBody{m, &warn, &open, &end}
	}
	return out
}

// watching is what an exam watches for, and who changed it.
type watching struct {
	Exam     examView        `json:"exam"`
	Now      time.Time       `json:"now"`
	Causes   []proctor.Cause `json:"causes" doc:"in the order in which people read them"`
	Hints    []proctor.Cause `json:"hints" doc:"of these, those that are never enough by themselves"`
	Policy   policyBody      `json:"policy"`
	Defaults policyBody      `json:"defaults"`
	Changes  []policyChange  `json:"changes" doc:"the newest first"`
}

type policyChange struct {
	changeView
	Policy policyBody `json:"policy"`
}

// changeView is who changed something, and when.
type changeView struct {
	At     time.Time     `json:"at"`
	By     proctor.Actor `json:"by"`
	ByName string        `json:"by_name,omitempty"`
}

func viewOfChange(c proctor.Change, n names) changeView { return changeView{c.At, c.By, n.of(c.By)} }

// changesShown bounds the list of changes; the journal has them all.
const changesShown = 50

func (s *Server) getPolicy(ctx context.Context, _ *call, in *examPath) (watching, error) {
	n, err := s.names(ctx)
	if err != nil {
		return watching{}, err
	}
	out := watching{
		Now: s.now(), Causes: proctor.Watchable(), Hints: []proctor.Cause{},
		Changes: []policyChange{},
	}
	for _, c := range out.Causes {
		if c.Hint() {
			out.Hints = append(out.Hints, c)
		}
	}
	err = s.cfg.Engine.View(in.Exam, func(st *proctor.State) {
		out.Exam, out.Policy = examOf(st.Exam), bodyOf(st.Exam.Policy)
		out.Defaults = bodyOf(proctor.PolicyFor(st.Exam.Form))
		for _, c := range slices.Backward(st.Policies) {
			if len(out.Changes) < changesShown {
				out.Changes = append(out.Changes, policyChange{viewOfChange(c.Change, n), bodyOf(c.Policy)})
			}
		}
	})
	return out, err
}

type policyPut struct {
	Exam proctor.ExamID `path:"exam"`
	Body policyBody
}

func (s *Server) putPolicy(ctx context.Context, c *call, in *policyPut) (watching, error) {
	var form proctor.Form
	if err := s.cfg.Engine.View(in.Exam, func(st *proctor.State) { form = st.Exam.Form }); err != nil {
		return watching{}, err
	}
	p, err := policyOf(in.Body, form)
	if err != nil {
		return watching{}, err
	}
	if err := s.cfg.Engine.SetPolicy(ctx, c.who.actor(), in.Exam, p); err != nil {
		return watching{}, err
	}
	return s.getPolicy(ctx, c, &examPath{in.Exam})
}

type accommodationPut struct {
	Seat proctor.SeatID `path:"seat"`
	Body proctor.Accommodation
}

func (s *Server) putAccommodation(ctx context.Context, c *call, in *accommodationPut) error {
	return s.cfg.Engine.Accommodate(ctx, c.who.actor(), in.Seat, in.Body)
}

type sceneryPut struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		Boxes []proctor.Box `json:"boxes" nullable:"false" doc:"at most 8, in fractions of the frame; replaces those before"`
	}
}

func (s *Server) putScenery(ctx context.Context, c *call, in *sceneryPut) error {
	return s.cfg.Engine.MarkScenery(ctx, c.who.actor(), in.Seat, in.Body.Boxes)
}
