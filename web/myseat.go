package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"qyragy/proctor"
)

// mySeat is everything an examinee may know of her own seat. What detectors
// and proctors think of her is not in it.
type mySeat struct {
	ID               proctor.SeatID    `json:"id"`
	Stage            proctor.Stage     `json:"stage"`
	Now              time.Time         `json:"now"`
	Entry            time.Time         `json:"entry" doc:"from when on devices and identity can be checked"`
	Examinee         proctor.Examinee  `json:"examinee"`
	Exam             examView          `json:"exam"`
	ConsentVersion   string            `json:"consent_version"`
	Identity         *myIdentity       `json:"identity"`
	IdentityAccepted *bool             `json:"identity_accepted"`
	Admitted         *time.Time        `json:"admitted"`
	Finished         *time.Time        `json:"finished"`
	Recording        bool              `json:"recording"`
	WHIP             *whipAccess       `json:"whip"`
	Backfill         *backfillAccess   `json:"backfill"`
	Warnings         []proctor.Warning `json:"warnings"`
	Messages         []myMessage       `json:"messages"`
	Act              *myAct            `json:"act"`
	ScoreAnnulled    bool              `json:"score_annulled"`
	Remedies         []myRemedy        `json:"remedies" doc:"what inspections gave her, the oldest first"`
}

type examView struct {
	ID         proctor.ExamID   `json:"id"`
	Title      string           `json:"title"`
	Discipline string           `json:"discipline"`
	Kind       proctor.ExamKind `json:"kind"`
	Form       proctor.Form     `json:"form"`
	Opens      time.Time        `json:"opens"`
	Closes     time.Time        `json:"closes"`
	URL        string           `json:"url,omitempty"`
}

type myIdentity struct {
	Verdict string    `json:"verdict"`
	At      time.Time `json:"at"`
}

type whipAccess struct {
	URL        string      `json:"url"`
	Token      string      `json:"token"`
	ICEServers []ICEServer `json:"ice_servers"`
	Ports      []string    `json:"ports" doc:"what a firewall must let through, as host:port/protocol, the best way first"`
}

type myMessage struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// myRemedy is what an inspection's act gave her; Appendix B.
type myRemedy struct {
	Number  string           `json:"number"`
	At      time.Time        `json:"at" doc:"since when the act is in force"`
	Code    proctor.Decision `json:"code"`
	Minutes int              `json:"minutes,omitempty"`
	From    *time.Time       `json:"from"`
	To      *time.Time       `json:"to"`
}

type myAct struct {
	Number  string           `json:"number"`
	State   proctor.ActState `json:"state"`
	Reasons []proctor.Reason `json:"reasons"`
	Other   string           `json:"other"`
	InForce time.Time        `json:"in_force"`
	// What it rests on, for her to know: when, and what was measured.
	ID      proctor.ActID `json:"id"`
	From    time.Time     `json:"from"`
	To      *time.Time    `json:"to"`
	Cause   proctor.Cause `json:"cause"`
	Warned  *time.Time    `json:"warned"`
	Measure string        `json:"measure" doc:"the detector's, in English; empty if a person raised it"`
	Appeal  *myAppeal     `json:"appeal"`
}

// myAppeal is an appeal as its examinee sees it: without who decided.
type myAppeal struct {
	Filed   time.Time  `json:"filed"`
	Text    string     `json:"text"`
	Decided *time.Time `json:"decided"`
	Upheld  bool       `json:"upheld"`
	Outcome string     `json:"outcome"`
}

// seatFor describes a seat to its own examinee.
func (s *Server) seatFor(id proctor.SeatID) (mySeat, error) {
	var out mySeat
	err := s.cfg.Engine.ViewSeat(id, func(st *proctor.State, t *proctor.Seat) { out = mySeatOf(st, t) })
	if err != nil {
		return mySeat{}, err
	}
	out.Now = s.now()
	out.ConsentVersion = s.cfg.ConsentVersion
	_, out.Recording = s.cfg.Recordings.LiveInfo(id)
	if out.Stage.Before(proctor.Admitted) || out.Now.Before(out.Exam.Opens) {
		out.Exam.URL = ""
	}
	open := !out.Now.Before(out.Entry) && !out.Now.After(out.Exam.Closes)
	if open && out.Stage != proctor.Invited && out.Stage != proctor.Finished {
		out.WHIP = &whipAccess{
			URL:        "/whip/" + string(id),
			Token:      s.tokens.Issue(id, false, sessionLife),
			ICEServers: copied(s.cfg.ICEServers(id)),
			Ports:      copied(s.cfg.Ports),
		}
	}
	out.Backfill, err = s.backfillFor(id)
	return out, err
}

func mySeatOf(st *proctor.State, t *proctor.Seat) mySeat {
	out := mySeat{
		ID: t.ID, Stage: t.Stage, Entry: st.Entry(t), Examinee: t.Examinee, Exam: examOf(st.Exam), IdentityAccepted: t.IdentityAccepted,
		Admitted: timeOf(t.Admitted), Finished: timeOf(t.Finished), Warnings: copied(t.Warnings),
		Messages: make([]myMessage, 0, len(t.Messages)), Act: actFor(st, t.ID), ScoreAnnulled: t.ScoreAnnulled != "",
		Remedies: remediesOf(st, t),
	}
	h := st.Hours(t)
	out.Exam.Opens, out.Exam.Closes = h.From, h.To
	if t.Identity != nil {
		out.Identity = &myIdentity{t.Identity.Verdict, t.Identity.At}
	}
	for _, m := range t.Messages {
		out.Messages = append(out.Messages, myMessage{m.At, m.Text})
	}
	return out
}

// remediesOf returns what inspections gave a seat's examinee.
func remediesOf(st *proctor.State, t *proctor.Seat) []myRemedy {
	out := make([]myRemedy, 0, len(t.Remedies))
	for _, r := range t.Remedies {
		a := st.Acts[r.Act]
		if a == nil {
			continue
		}
		out = append(out, myRemedy{a.Number, a.InForce, r.Code, r.Minutes, timeOf(r.From), timeOf(r.To)})
	}
	return out
}

// actFor returns the newest act over a seat that is or was in force.
func actFor(st *proctor.State, seat proctor.SeatID) *myAct {
	var known []*proctor.Act
	for _, a := range st.Acts {
		if a.Seat == seat && !a.InForce.IsZero() {
			known = append(known, a)
		}
	}
	if len(known) == 0 {
		return nil
	}
	a := slices.MaxFunc(known, func(a, b *proctor.Act) int {
		return cmp.Or(a.InForce.Compare(b.InForce), cmp.Compare(a.Number, b.Number))
	})
	out := &myAct{Number: a.Number, State: a.State, Reasons: copied(a.Reasons), Other: a.Other, InForce: a.InForce, ID: a.ID}
	if i := st.Incidents[a.Cause]; i != nil {
		out.From, out.To, out.Cause, out.Warned, out.Measure = i.Opened, timeOf(i.Closed), i.Cause, timeOf(i.Warned), i.Peak.Detail
	}
	if p := a.Appeal; p != nil {
		out.Appeal = &myAppeal{p.Filed, p.Text, timeOf(p.Decided), p.Upheld, p.Outcome}
	}
	return out
}

type appealBody struct {
	Act  proctor.ActID `json:"act"`
	Text string        `json:"text" maxLength:"4000"`
}

// postNotice records that her page has shown her the act.
func (s *Server) postNotice(ctx context.Context, c *call, in *body[noticeBody]) error {
	return s.cfg.Engine.Notify(ctx, c.who.seat, in.Body.Act)
}

type noticeBody struct {
	Act proctor.ActID `json:"act"`
}

func (s *Server) postAppeal(ctx context.Context, c *call, in *body[appealBody]) (mySeat, error) {
	if err := s.cfg.Engine.Appeal(ctx, c.who.seat, in.Body.Act, in.Body.Text); err != nil {
		return mySeat{}, err
	}
	return s.seatFor(c.who.seat)
}

func examOf(x proctor.Exam) examView {
	return examView{x.ID, x.Title, x.Discipline, x.Kind, x.Form, x.Opens, x.Closes, x.URL}
}

func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// copied copies a slice out of a State; an empty one is [] in JSON, not null.
func copied[T any](in []T) []T { return append(make([]T, 0, len(in)), in...) }

// now is the server's time as the protocol writes it: UTC, milliseconds.
func (s *Server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }

type consentBody struct {
	Version  string `json:"version"`
	Language string `json:"language" enum:"kk,ru,en"`
}

type checkBody struct {
	Camera     string `json:"camera"`
	Microphone string `json:"microphone"`
	Network    string `json:"network"`
	Browser    string `json:"browser" required:"false"`
	OK         bool   `json:"ok"`
}

type reportBody struct {
	Kind   proctor.ReportKind `json:"kind"`
	Detail string             `json:"detail" required:"false"`
}

func (s *Server) getMySeat(_ context.Context, c *call, _ *nothing) (mySeat, error) {
	return s.seatFor(c.who.seat)
}

func (s *Server) postConsent(ctx context.Context, c *call, in *body[consentBody]) (mySeat, error) {
	if in.Body.Version != s.cfg.ConsentVersion {
		return mySeat{}, proctor.Errorf(proctor.Conflict, "consent_version")
	}
	if err := s.cfg.Engine.Consent(ctx, c.who.seat, in.Body.Version, in.Body.Language); err != nil {
		return mySeat{}, err
	}
	return s.seatFor(c.who.seat)
}

func (s *Server) postCheck(ctx context.Context, c *call, in *body[checkBody]) (mySeat, error) {
	if err := s.cfg.Engine.Check(ctx, c.who.seat, proctor.DeviceCheck(in.Body)); err != nil {
		return mySeat{}, err
	}
	return s.seatFor(c.who.seat)
}

func (s *Server) postIdentify(ctx context.Context, c *call, _ *nothing) (mySeat, error) {
	if err := s.cfg.Pictures.Identify(ctx, c.who.seat); err != nil {
		return mySeat{}, err
	}
	return s.seatFor(c.who.seat)
}

func (s *Server) postReport(ctx context.Context, c *call, in *body[reportBody]) error {
	return s.cfg.Engine.Report(ctx, proctor.ClientReport{
		Seat: c.who.seat, At: s.now(), Kind: in.Body.Kind, Detail: in.Body.Detail,
	})
}

func (s *Server) postFinish(ctx context.Context, c *call, _ *nothing) (mySeat, error) {
	if err := s.cfg.Engine.Finish(ctx, c.who.actor(), c.who.seat); err != nil {
		return mySeat{}, err
	}
	return s.seatFor(c.who.seat)
}
