package web

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"qyragy/proctor"
)

// Messages to clients; see docs/PROTOCOL.md.
type (
	eventMessage struct {
		Type  string        `json:"type"`
		Event proctor.Event `json:"event"`
		// Name is the name of the person behind a judgement.
		Name string `json:"name,omitempty"`
	}
	liveMessage struct {
		Type string         `json:"type"`
		Seat proctor.SeatID `json:"seat"`
		Live *liveView      `json:"live"`
	}
	seatMessage struct {
		Type string `json:"type"`
		Seat mySeat `json:"seat"`
	}
	noteMessage struct {
		Type  string        `json:"type"`
		Cause proctor.Cause `json:"cause,omitempty"`
		Text  string        `json:"text,omitempty"`
		At    *time.Time    `json:"at,omitempty"`
	}
)

const feedEvery = time.Second

// feedStaff sends a member of staff what she watches.
func (k *socketConn) feedStaff(ctx context.Context) {
	w := wall{k: k, sent: map[proctor.SeatID]time.Time{}}
	defer w.leave()
	tick, check := time.NewTicker(feedEvery), time.NewTicker(socketPing)
	defer tick.Stop()
	defer check.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case ask := <-k.asks:
			w.watch(ask)
		case e, ok := <-w.events:
			if !ok {
				k.end(&closing{websocket.CloseTryAgainLater, "too far behind"})
				return
			}
			k.send(ctx, eventMessage{"event", redacted(e), k.s.judge(ctx, e)})
		case <-tick.C:
			w.tick(ctx)
		case <-check.C:
			k.stillWelcome(ctx)
		}
	}
}

// wall is what one member of staff has on her screen.
type wall struct {
	k      *socketConn
	exam   proctor.ExamID
	sub    *proctor.Subscription
	events <-chan proctor.Event
	seats  []proctor.SeatID
	sent   map[proctor.SeatID]time.Time // newest thumbnail of each
}

func (w *wall) leave() {
	if w.sub != nil {
		w.sub.Close()
	}
	w.sub, w.events, w.exam = nil, nil, ""
}

// watch turns to another exam or another part of it.
func (w *wall) watch(ask watch) {
	if ask.Exam != w.exam {
		w.leave()
		sub, err := w.k.s.cfg.Engine.Subscribe(ask.Exam)
		if err != nil {
			w.k.end(&closing{websocket.ClosePolicyViolation, "unknown exam"})
			return
		}
		w.sub, w.events, w.exam = sub, sub.C, ask.Exam
	}
	w.seats = w.seats[:0]
	err := w.k.s.cfg.Engine.View(w.exam, func(st *proctor.State) {
		for _, id := range ask.Thumbnails {
			if st.Seats[id] != nil && !slices.Contains(w.seats, id) {
				w.seats = append(w.seats, id)
			}
		}
	})
	if err != nil {
		w.k.end(&closing{websocket.CloseGoingAway, "the server is stopping"})
	}
	for id := range w.sent {
		if !slices.Contains(w.seats, id) {
			delete(w.sent, id)
		}
	}
}

// tick sends the live data and the newer thumbnails of the seats on screen.
func (w *wall) tick(ctx context.Context) {
	for _, id := range w.seats {
		if w.k.crowded() {
			return
		}
		if live := w.k.s.liveOf(id); live != nil {
			w.k.send(ctx, liveMessage{"live", id, live})
		}
		jpeg, at, ok := w.k.s.cfg.Thumbnails.Latest(id)
		if !ok || !w.k.who.has(viewers()) || !at.After(w.sent[id]) || len(id) > 255 {
			continue
		}
		select {
		case w.k.out <- message{websocket.BinaryMessage, thumbnail(id, at, jpeg)}:
			w.sent[id] = at
		default: // there will be a newer one
		}
	}
}

// thumbnail is the binary message: length of the ID, ID, milliseconds, JPEG.
func thumbnail(seat proctor.SeatID, at time.Time, jpeg []byte) []byte {
	out := make([]byte, 0, 1+len(seat)+8+len(jpeg))
	out = append(out, byte(len(seat)))
	out = append(out, seat...)
	out = binary.BigEndian.AppendUint64(out, uint64(at.UnixMilli()))
	return append(out, jpeg...)
}

// redacted keeps the hash of an examinee's link inside the server.
func redacted(e proctor.Event) proctor.Event {
	if f, ok := e.Fact.(*proctor.SeatAssigned); ok {
		c := *f
		c.LinkHash = ""
		e.Fact = &c
	}
	return e
}

// judge is the name of who judged or raised an incident; "" for other events.
func (s *Server) judge(ctx context.Context, e proctor.Event) string {
	by := proctor.Actor("")
	switch f := e.Fact.(type) {
	case *proctor.IncidentJudged:
		by = e.Actor
	case *proctor.IncidentOpened:
		by = f.Incident.RaisedBy
	}
	if by == "" {
		return ""
	}
	p, err := s.cfg.Accounts.Person(ctx, proctor.Login(by))
	if err != nil {
		return "" // the next look at the dashboard tells it
	}
	return p.Name
}

// feedExaminee sends an examinee her own seat as it changes. What is observed
// of her, and when, is not for her: only facts in ownFact move anything.
func (k *socketConn) feedExaminee(ctx context.Context) {
	seat := k.who.seat
	var exam proctor.ExamID
	err := k.s.cfg.Engine.ViewSeat(seat, func(_ *proctor.State, t *proctor.Seat) { exam = t.Exam })
	var sub *proctor.Subscription
	if err == nil {
		sub, err = k.s.cfg.Engine.Subscribe(exam)
	}
	if err != nil {
		k.end(&closing{websocket.CloseGoingAway, "the server is stopping"})
		return
	}
	defer sub.Close()
	tick, check := time.NewTicker(feedEvery), time.NewTicker(socketPing)
	defer tick.Stop()
	defer check.Stop()
	recording := k.sendSeat(ctx)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case e, ok := <-sub.C:
			if !ok {
				k.end(&closing{websocket.CloseTryAgainLater, "too far behind"})
				return
			}
			if own, note := k.s.ownFact(e); own == seat {
				if note != nil {
					k.send(ctx, note)
				}
				recording = k.sendSeat(ctx)
			}
		case <-tick.C:
			if _, now := k.s.cfg.Recordings.LiveInfo(seat); now != recording {
				recording = k.sendSeat(ctx)
			}
		case <-check.C:
			k.stillWelcome(ctx)
		}
	}
}

// sendSeat sends the examinee's seat and returns whether it is being recorded.
func (k *socketConn) sendSeat(ctx context.Context) (recording bool) {
	seat, err := k.s.seatFor(k.who.seat)
	if err != nil {
		k.end(&closing{websocket.CloseGoingAway, "the server is stopping"})
		return false
	}
	k.send(ctx, seatMessage{"seat", seat})
	return seat.Recording
}

// ownFact is ownFact, and an appeal's decision is its examinee's.
func (s *Server) ownFact(e proctor.Event) (seat proctor.SeatID, note *noteMessage) {
	f, ok := e.Fact.(*proctor.AppealDecided)
	if !ok {
		return ownFact(e)
	}
	// An engine that has stopped tells nobody anything.
	_ = s.cfg.Engine.ViewAct(f.Act, func(_ *proctor.State, a *proctor.Act) { seat = a.Seat })
	return seat, nil
}

// ownFact returns the seat whose examinee may learn of an event, "" for none,
// and what to tell her beside her seat's new state.
func ownFact(e proctor.Event) (proctor.SeatID, *noteMessage) {
	switch f := e.Fact.(type) {
	case *proctor.ConsentGiven:
		return f.Seat, nil
	case *proctor.DeviceChecked:
		return f.Seat, nil
	case *proctor.IdentityCompared:
		return f.Seat, nil
	case *proctor.IdentityDecided:
		return f.Seat, nil
	case *proctor.SeatAdmitted:
		return f.Seat, nil
	case *proctor.SeatFinished:
		return f.Seat, nil
	case *proctor.MediaConnected:
		return f.Seat, nil
	case *proctor.MediaLost:
		return f.Seat, nil
	case *proctor.ScoreAnnulled:
		return f.Seat, nil
	case *proctor.ScoreRestored:
		return f.Seat, nil
	case *proctor.RemedyGranted:
		return f.Seat, nil // her hours
	case *proctor.RemedyRevoked:
		return f.Seat, nil
	case *proctor.SeatWindowed:
		return f.Seat, nil
	case *proctor.MessageSent:
		return f.Seat, &noteMessage{Type: "message", Text: f.Text, At: &e.At}
	case *proctor.ExamineeWarned:
		if f.Cause == proctor.CauseDark {
			return f.Seat, &noteMessage{Type: "advice", Cause: f.Cause}
		}
		return f.Seat, &noteMessage{Type: "warning", Cause: f.Cause, At: &e.At}
	default:
		return "", nil
	}
}
