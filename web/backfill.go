package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qyragy/proctor"
)

// Backfills opens what clients sent of the time that the server missed.
type Backfills interface {
	// Backfill opens a backfill, wherever it is by now; the time is its
	// modification time for HTTP.
	Backfill(ctx context.Context, seat proctor.SeatID, number int) (io.ReadSeekCloser, time.Time, error)
}

// backfillAccess is how an examinee's page sends what was missed.
type backfillAccess struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

func (s *Server) serveBackfill(w http.ResponseWriter, r *http.Request) {
	s.cfg.Backfill.ServeHTTP(w, r)
}

// BackfillAuth says whether r may send what was missed of seat: its bearer
// token must be that seat's, and the examinee admitted, until the grace after
// the end of her exam is over. It returns ErrUnauthorized or another Error.
func (s *Server) BackfillAuth(r *http.Request, seat proctor.SeatID) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ErrUnauthorized
	}
	machine, err := s.tokens.Check(token, seat)
	switch {
	case err != nil:
		return err
	case machine && s.cfg.MachineJoin == nil:
		return ErrUnauthorized
	}
	var refused error
	now := s.cfg.Now()
	err = s.cfg.Engine.ViewSeat(seat, func(st *proctor.State, t *proctor.Seat) { refused = st.TakesBackfills(t, now) })
	if err != nil {
		return err
	}
	return refused
}

// backfillFor is the access of a seat's examinee; nil while nothing is taken.
func (s *Server) backfillFor(seat proctor.SeatID) (out *backfillAccess, err error) {
	now := s.cfg.Now()
	err = s.cfg.Engine.ViewSeat(seat, func(st *proctor.State, t *proctor.Seat) {
		if st.TakesBackfills(t, now) == nil {
			out = &backfillAccess{"/backfill/" + string(seat), s.tokens.Issue(seat, false, sessionLife)}
		}
	})
	return out, err
}

// getBackfill serves one backfill.
func (s *Server) getBackfill(w http.ResponseWriter, r *http.Request) {
	seat, name := seatOf(r), r.PathValue("number")
	file, at, err := s.openBackfill(r, seat, name)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.serveRecording(w, r, seat, "backfill "+name, file, at)
}

func (s *Server) openBackfill(r *http.Request, seat proctor.SeatID, name string) (io.ReadSeekCloser, time.Time, error) {
	if err := s.knownSeat(seat); err != nil {
		return nil, time.Time{}, err
	}
	number, err := strconv.Atoi(name)
	if err != nil || number < 0 || strconv.Itoa(number) != name || s.cfg.Backfills == nil {
		return nil, time.Time{}, proctor.Errorf(proctor.NotFound, "segment")
	}
	return s.cfg.Backfills.Backfill(r.Context(), seat, number)
}

// backfillView is a backfill in a Review.
type backfillView struct {
	Number        int            `json:"number"`
	From          time.Time      `json:"from"`
	To            time.Time      `json:"to"`
	Size          int64          `json:"size"`
	SHA256        string         `json:"sha256"`
	Codecs        string         `json:"codecs"`
	Width         int            `json:"width"`
	Height        int            `json:"height"`
	Frames        int            `json:"frames"`
	FirstMS       int64          `json:"first_ms"`
	Holes         []proctor.Span `json:"holes"`
	ReceivedAt    time.Time      `json:"received_at"`
	ClockOffsetMS int64          `json:"clock_offset_ms"`
	Stored        bool           `json:"stored"`
}

func backfillsOf(t *proctor.Seat) []backfillView {
	out := make([]backfillView, 0, len(t.Backfills))
	for _, b := range t.Backfills {
		out = append(out, backfillView{
			b.Number, b.From, b.To, b.Size, b.SHA256, b.Codecs, b.Width, b.Height, b.Frames, b.FirstMS,
			copied(b.Holes), b.ReceivedAt, b.ClockOffsetMS, b.Receipt != nil,
		})
	}
	return out
}

// accountView says where a seat's time went, in seconds.
type accountView struct {
	From        time.Time                    `json:"from"`
	To          time.Time                    `json:"to"`
	Length      float64                      `json:"length"`
	Recorded    float64                      `json:"recorded"`
	Backfilled  float64                      `json:"backfilled"`
	Gaps        map[proctor.GapCause]float64 `json:"gaps"`
	NotAdmitted float64                      `json:"not_admitted"`
	Unaccounted float64                      `json:"unaccounted"`
	Double      float64                      `json:"double"`
	Whole       bool                         `json:"whole"`
	Settled     bool                         `json:"settled"`
	Stretches   []proctor.Stretch            `json:"stretches"`
}

// accountOf is a seat's account at now; live is what is being written.
func accountOf(st *proctor.State, t *proctor.Seat, now time.Time, live ...proctor.Span) accountView {
	a := st.Account(t.ID, now, live...)
	out := accountView{
		From: a.From, To: a.To, Length: a.Length().Seconds(), Recorded: a.Recorded.Seconds(), Backfilled: a.Backfilled.Seconds(),
		Gaps: map[proctor.GapCause]float64{}, NotAdmitted: a.NotAdmitted.Seconds(), Unaccounted: a.Unaccounted.Seconds(),
		Double: a.Double.Seconds(), Whole: a.Whole(), Settled: t.Accounted != nil, Stretches: copied(a.Stretches),
	}
	for cause, d := range a.Gaps {
		out.Gaps[cause] = d.Seconds()
	}
	return out
}
