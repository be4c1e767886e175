package web

import (
	"cmp"
	"context"
	"slices"

	"qyragy/proctor"
)

// actView is an act with what a reader needs beside it.
type actView struct {
	proctor.Act
	Next       proctor.Role     `json:"next" doc:"role whose turn it is to sign, the form's first of turns, or empty"`
	Turns      []proctor.Role   `json:"turns" doc:"roles that may sign now, in the form's order"`
	Examinee   proctor.Examinee `json:"examinee"`
	ExamTitle  string           `json:"exam_title"`
	Discipline string           `json:"discipline"`
	ByName     string           `json:"by_name" doc:"name of who confirmed; empty if she is gone"`
	ScanNames  names            `json:"scan_names,omitempty" doc:"names of who brought in scans and attested them, by login"`
	// Named are the officials' names, by role.
	Named map[proctor.Role]string `json:"officials_names" doc:"names of the officials, by role"`
	// Hands are the names of who printed and filed it, by login.
	Hands map[proctor.Actor]string `json:"hands" doc:"names of who printed and filed it, by login"`
	// Delivery is where its effect stands in the systems of record.
	Delivery *actDelivery `json:"delivery" doc:"null while it has no effect"`
}

type actPath struct {
	Act proctor.ActID `path:"act"`
}

// viewOfAct copies an act out of its State.
func viewOfAct(st *proctor.State, a *proctor.Act, n names) actView {
	out := actView{Act: *a, Next: a.Next(), Turns: copied(a.Turns()), ExamTitle: st.Exam.Title, Discipline: st.Exam.Discipline}
	out.Reasons, out.Signatures, out.Prints = copied(a.Reasons), copied(a.Signatures), copied(a.Prints)
	if t := st.Seats[a.Seat]; t != nil {
		out.Examinee = t.Examinee
	}
	out.ByName, out.Named, out.Hands = n.of(a.By), map[proctor.Role]string{}, hands(a, n)
	out.Scans, out.ScanNames = slices.Clone(a.Scans), n.ofPaper(a)
	for role, login := range a.Officials {
		out.Named[role] = cmp.Or(n[login], string(login))
	}
	return out
}

func (s *Server) act(ctx context.Context, id proctor.ActID) (actView, error) {
	n, err := s.names(ctx)
	if err != nil {
		return actView{}, err
	}
	var out actView
	err = s.cfg.Engine.ViewAct(id, func(st *proctor.State, a *proctor.Act) {
		out = viewOfAct(st, a, n)
		out.Delivery = s.deliveryOfAct(st, a)
	})
	return out, err
}

// afterwards answers with an act as it stands after a change.
func (s *Server) afterwards(ctx context.Context, id proctor.ActID, err error) (actView, error) {
	if err != nil {
		return actView{}, err
	}
	return s.act(ctx, id)
}

func (s *Server) getAct(ctx context.Context, _ *call, in *actPath) (actView, error) {
	return s.act(ctx, in.Act)
}

type actEdit struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Reasons []proctor.Reason `json:"reasons" maxItems:"6"`
		Other   string           `json:"other" required:"false"`
		// Officials named here replace those of the same roles; others stay.
		Officials proctor.Officials `json:"officials" required:"false" doc:"login of who signs, by role; those left out stay"`
	}
}

type actSign struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Role     proctor.Role `json:"role"`
		Password string       `json:"password" maxLength:"1024" required:"false"`
		Passkey  *assertion   `json:"passkey" required:"false"`
		Document string       `json:"document" minLength:"64" maxLength:"64" doc:"SHA-256 of the PDF she saw, hex"`
	}
}

type actRefuse struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Role proctor.Role `json:"role"`
		Text string       `json:"text"`
	}
}

type actClose struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Text string `json:"text"`
	}
}

func (s *Server) putAct(ctx context.Context, c *call, in *actEdit) (actView, error) {
	b := in.Body
	err := s.checkOfficials(ctx, b.Officials)
	if err == nil {
		_, err = s.cfg.Engine.EditAct(ctx, c.who.actor(), in.Act, b.Reasons, b.Other, b.Officials)
	}
	return s.afterwards(ctx, in.Act, err)
}

// postSign leaves every check of signing power to the domain: here it is only
// known that she holds some signing role.
func (s *Server) postSign(ctx context.Context, c *call, in *actSign) (actView, error) {
	if _, err := s.act(ctx, in.Act); err != nil {
		return actView{}, err
	}
	b := in.Body
	_, err := s.cfg.Office.Sign(ctx, c.who.person, b.Role, stepUp(b.Password, b.Passkey), in.Act, b.Document)
	return s.afterwards(ctx, in.Act, err)
}

func (s *Server) postRefuse(ctx context.Context, c *call, in *actRefuse) (actView, error) {
	_, err := s.cfg.Engine.RefuseAct(ctx, c.who.person, in.Act, in.Body.Role, in.Body.Text)
	return s.afterwards(ctx, in.Act, err)
}

func (s *Server) postClose(ctx context.Context, c *call, in *actClose) (actView, error) {
	_, err := s.cfg.Engine.CloseAct(ctx, c.who.person, in.Act, in.Body.Text)
	return s.afterwards(ctx, in.Act, err)
}

type appealDecide struct {
	Act  proctor.ActID `path:"act"`
	Body struct {
		Upheld bool   `json:"upheld"`
		Text   string `json:"text"`
	}
}

func (s *Server) postAppealDecision(ctx context.Context, c *call, in *appealDecide) (actView, error) {
	err := s.unrelated(ctx, c.who.person.Login, in.Act)
	if err == nil {
		_, err = s.cfg.Engine.DecideAppeal(ctx, c.who.person, in.Act, in.Body.Upheld, in.Body.Text)
	}
	return s.afterwards(ctx, in.Act, err)
}

// unrelated refuses who had a hand in an act under another account of hers.
func (s *Server) unrelated(ctx context.Context, login proctor.Login, id proctor.ActID) error {
	if s.cfg.OnePerson == nil {
		return nil
	}
	var hands []proctor.Login
	err := s.cfg.Engine.ViewAct(id, func(_ *proctor.State, a *proctor.Act) {
		for _, by := range a.Touched {
			hands = append(hands, proctor.Login(by))
		}
	})
	if err == nil {
		err = s.cfg.OnePerson(ctx, login, hands)
	}
	if proctor.KindOf(err) == proctor.Conflict {
		return proctor.Errorf(proctor.Forbidden, "appeal_own")
	}
	return err
}
