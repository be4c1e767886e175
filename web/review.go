package web

import (
	"context"
	"math"
	"slices"
	"time"

	"qyragy/proctor"
)

// seatTile is one seat on a wall.
type seatTile struct {
	ID               proctor.SeatID        `json:"id"`
	Stage            proctor.Stage         `json:"stage"`
	Connected        bool                  `json:"connected"`
	Unrecorded       proctor.GapCause      `json:"unrecorded,omitempty"`  // connected, and not recorded
	Unaccounted      bool                  `json:"unaccounted,omitempty"` // finished, and some of its time is missing
	Examinee         proctor.Examinee      `json:"examinee"`
	Accommodation    proctor.Accommodation `json:"accommodation"`
	Scenery          []proctor.Box         `json:"scenery,omitempty"` // where its picture shows persons who are none
	Identity         *tileIdentity         `json:"identity"`
	IdentityAccepted *bool                 `json:"identity_accepted"`
	ScoreAnnulled    bool                  `json:"score_annulled"`
	Live             *liveView             `json:"live"`
}

type tileIdentity struct {
	Verdict  string    `json:"verdict"`
	Distance float64   `json:"distance"`
	Detail   string    `json:"detail,omitempty"`
	At       time.Time `json:"at"`
}

// liveView is a seat's newest look and media report.
type liveView struct {
	At           time.Time         `json:"at"`
	Luma         float64           `json:"luma"`
	Faces        int               `json:"faces"`
	People       int               `json:"people"`
	Observations []liveObservation `json:"observations"`
	Bits         int               `json:"bits"`
	Loss         float64           `json:"loss"`
	Frames       int               `json:"frames"`
	Recording    bool              `json:"recording"`
	Calibrating  bool              `json:"calibrating"`
	Unanalysed   bool              `json:"unanalysed,omitempty"`
	AgeMS        int64             `json:"age_ms"`
	// Looked: detectors have looked at this seat; else the age is the report's.
	Looked bool `json:"looked"`
	// Shown is where on the newest picture what was found is.
	Shown []shown `json:"shown,omitempty"`
}

// shown is a box on a seat's picture, in thousandths of the frame: left, top,
// width, height. It says what is there, never who.
type shown struct {
	What string `json:"what" doc:"face, person, phone, book or laptop"`
	Box  [4]int `json:"box"`
}

func shownOf(what string, b proctor.Box) shown {
	m := func(f float64) int { return int(math.Round(max(0, min(f, 1)) * 1000)) }
	return shown{what, [4]int{m(b.X), m(b.Y), m(b.W), m(b.H)}}
}

// shownLimit bounds the boxes of a seat: more is a crowd.
const shownLimit = 24

// shownIn are the boxes of a look.
func shownIn(l proctor.Look) (out []shown) {
	for _, b := range l.Persons {
		out = append(out, shownOf("person", b))
	}
	for _, b := range l.Faces {
		out = append(out, shownOf("face", b))
	}
	for _, t := range l.Objects {
		out = append(out, shownOf(string(t.Kind), t.Box))
	}
	return out[:min(len(out), shownLimit)]
}

type liveObservation struct {
	Cause  proctor.Cause `json:"cause"`
	Score  float64       `json:"score"`
	Detail string        `json:"detail"`
}

// review is everything about one seat, for the timeline.
type review struct {
	Seat      seatTile          `json:"seat"`
	Exam      examView          `json:"exam"`
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Segments  []segmentView     `json:"segments"`
	Live      *LiveInfo         `json:"live"`
	Gaps      []gapView         `json:"gaps"`
	Backfills []backfillView    `json:"backfills"`
	Account   accountView       `json:"account"`
	Incidents []incidentView    `json:"incidents"`
	Warnings  []proctor.Warning `json:"warnings"`
	Messages  []messageView     `json:"messages"`
	Reports   []reportView      `json:"reports"`
	// Accommodated is the newest change of what she is granted.
	Accommodated *changeView `json:"accommodated"`
	// Hours are when her own exam is; Window says why, if it is individual.
	Hours   proctor.Span       `json:"hours"`
	Window  *proctor.Window    `json:"window"`
	Excuses []excuseView       `json:"excuses"`
	Record  proctor.SeatRecord `json:"record"`
}

// messageView is a message to the examinee with the name of who wrote it.
type messageView struct {
	proctor.Message
	ByName string `json:"by_name"`
}

type segmentView struct {
	Number    int       `json:"number"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"`
	Prev      string    `json:"prev"`
	Codecs    string    `json:"codecs"`
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	Frames    int       `json:"frames"`
	Camera    int       `json:"camera"`
	Recovered bool      `json:"recovered"`
	Stored    bool      `json:"stored"`
}

type gapView struct {
	From  time.Time        `json:"from"`
	To    time.Time        `json:"to"`
	Cause proctor.GapCause `json:"cause"`
}

type reportView struct {
	At     time.Time          `json:"at"`
	Kind   proctor.ReportKind `json:"kind"`
	Detail string             `json:"detail"`
}

type seatPath struct {
	Seat proctor.SeatID `path:"seat"`
}

func (s *Server) getSeat(ctx context.Context, _ *call, in *seatPath) (review, error) {
	var out review
	now := s.now()
	n, err := s.names(ctx)
	if err != nil {
		return review{}, err
	}
	var live []proctor.Span
	info, open := s.cfg.Recordings.LiveInfo(in.Seat)
	if open {
		live = append(live, proctor.Span{From: info.Start, To: info.End})
	}
	err = s.cfg.Engine.ViewSeat(in.Seat, func(st *proctor.State, t *proctor.Seat) { out = reviewOf(st, t, n, now, live...) })
	if err != nil {
		return review{}, err
	}
	out.Seat.Live = s.liveOf(in.Seat)
	if open {
		out.Live = &info
	}
	return out, nil
}

func reviewOf(st *proctor.State, t *proctor.Seat, n names, now time.Time, live ...proctor.Span) review {
	out := review{
		Seat: tileOf(t), Exam: examOf(st.Exam), Segments: make([]segmentView, 0, len(t.Segments)),
		Gaps: make([]gapView, 0, len(t.Gaps)), Reports: make([]reportView, 0, len(t.Reports)),
		Warnings: copied(t.Warnings), Messages: make([]messageView, 0, len(t.Messages)),
		Incidents: incidentsOf(st, n, func(i *proctor.Incident) bool { return i.Seat == t.ID }),
	}
	out.From, out.To = span(t, now)
	out.Backfills, out.Account = backfillsOf(t), accountOf(st, t, now, live...)
	out.Hours, out.Window, out.Record = st.Hours(t), t.Window, t.Record
	out.Excuses = make([]excuseView, 0, len(t.Excuses))
	for _, x := range t.Excuses {
		out.Excuses = append(out.Excuses, excuseView{x.Receipt.SHA256, x.Kind, x.Receipt.Size, x.At, n.of(x.By)})
	}
	if t.Accommodated != nil {
		c := viewOfChange(*t.Accommodated, n)
		out.Accommodated = &c
	}
	for _, m := range t.Messages {
		out.Messages = append(out.Messages, messageView{m, n.of(m.By)})
	}
	for _, g := range t.Segments {
		out.Segments = append(out.Segments, segmentView{
			g.Number, g.Start, g.End, g.Size, g.SHA256, g.Prev, g.Codecs, g.Width, g.Height,
			g.Frames, g.Camera, g.Recovered, g.Receipt != nil,
		})
	}
	for _, g := range t.Gaps {
		out.Gaps = append(out.Gaps, gapView{g.From, g.To, g.Cause})
	}
	for _, r := range t.Reports {
		out.Reports = append(out.Reports, reportView{r.At, r.Kind, r.Detail})
	}
	return out
}

// span is the stretch of a seat's time that a timeline shows: from the first
// thing that is on record to the end, or to now.
func span(t *proctor.Seat, now time.Time) (from, to time.Time) {
	from, to = now, now
	if !t.Admitted.IsZero() {
		from = t.Admitted
	}
	if len(t.Segments) > 0 && t.Segments[0].Start.Before(from) {
		from = t.Segments[0].Start
	}
	if !t.Finished.IsZero() {
		to = t.Finished
		if n := len(t.Segments); n > 0 && t.Segments[n-1].End.After(to) {
			to = t.Segments[n-1].End
		}
	}
	if from.After(to) {
		from = to
	}
	return from, to
}

func tileOf(t *proctor.Seat) seatTile {
	out := seatTile{
		ID: t.ID, Stage: t.Stage, Connected: t.Connected, Unrecorded: t.Unrecorded, Unaccounted: t.Accounted != nil && !t.Accounted.Whole, Examinee: t.Examinee, Accommodation: t.Accommodation, Scenery: slices.Clone(t.Scenery),
		IdentityAccepted: t.IdentityAccepted, ScoreAnnulled: t.ScoreAnnulled != "",
	}
	if c := t.Identity; c != nil {
		out.Identity = &tileIdentity{c.Verdict, c.Distance, c.Detail, c.At}
	}
	return out
}

// liveOf returns the newest that is known of a seat, nil for nothing.
func (s *Server) liveOf(seat proctor.SeatID) *liveView {
	l, ok := s.cfg.Engine.Live(seat)
	if !ok {
		return nil
	}
	at := l.Look.At
	if at.IsZero() {
		at = l.Media.At
	}
	out := &liveView{
		At: at.UTC().Truncate(time.Millisecond), Luma: l.Look.Luma, Faces: len(l.Look.Faces), People: l.Look.People,
		Observations: make([]liveObservation, 0, len(l.Look.Observations)),
		Bits:         l.Media.Bits, Loss: l.Media.Loss, Frames: l.Media.VideoFrames, Calibrating: l.Look.Calibrating, Unanalysed: l.Media.Unanalysed,
		AgeMS: max(0, s.cfg.Now().Sub(at).Milliseconds()), Looked: !l.Look.At.IsZero(), Shown: shownIn(l.Look),
	}
	for _, o := range l.Look.Observations {
		out.Observations = append(out.Observations, liveObservation{o.Cause, o.Score, o.Detail})
	}
	_, out.Recording = s.cfg.Recordings.LiveInfo(seat)
	return out
}
