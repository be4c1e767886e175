package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"qyragy/proctor"
)

// This file serves what the systems of record are owed.

// Outbox knows the systems of record.
type Outbox interface {
	// Systems are the names of those that are configured.
	Systems() []string
	// Table is all that is not acknowledged yet, as a CSV file.
	Table() ([]byte, error)
}

// booked is how long after its end a delivery stays on the list.
const (
	booked     = 90 * 24 * time.Hour
	bookedMost = 500
)

func bookReaders() []proctor.Role {
	return []proctor.Role{proctor.RoleRegistrar, proctor.RoleHead, proctor.RoleAdmin, proctor.RoleSpecialist}
}
func bookKeepers() []proctor.Role { return []proctor.Role{proctor.RoleRegistrar, proctor.RoleAdmin} }

func (s *Server) deliveryRoutes() []route {
	page := plain("text/html", "", s.getPage)
	return []route{
		{get, "/api/v1/deliveries", bookReaders(), noBody, rateRead, answer(s.getDeliveries), "What the systems of record are owed, and what they have"},
		{get, "/api/v1/deliveries.csv", bookReaders(), noBody, rateMedia, plain("text/csv", "", s.getDeliveryTable), "What is not acknowledged, as a CSV file"},
		{post, "/api/v1/exams/{exam}/deliveries/{key}/retry", bookReaders(), jsonBody, rateWrite, done(s.postRetry), "Try a delivery again now"},
		{post, "/api/v1/exams/{exam}/deliveries/{key}/acknowledge", bookKeepers(), jsonBody, rateWrite, done(s.postAcknowledge), "Say that it was done by hand"},
		{get, "/api/v1/exams/{exam}/record", bookReaders(), noBody, rateRead, answer(s.getExamRecord), "Where an exam is in the systems of record"},
		{put, "/api/v1/exams/{exam}/record", append(planners(), proctor.RoleRegistrar), jsonBody, rateWrite, done(s.putExamRecord), "Say where an exam is in the systems of record"},
		{put, "/api/v1/seats/{seat}/record", append(planners(), proctor.RoleRegistrar), jsonBody, rateWrite, done(s.putSeatRecord), "Say who an examinee is in the systems of record"},
		{post, "/api/v1/seats/{seat}/excuses", append(planners(), proctor.RoleRegistrar), excuseBody, rateWrite, plain("application/json", "application/octet-stream", s.postExcuse), "Store a document with the reason for an individual window"},
		{get, "/api/v1/seats/{seat}/excuses/{document}", []proctor.Role{proctor.RoleRegistrar, proctor.RoleHead, proctor.RoleSpecialist}, noBody, rateMedia, plain("application/pdf", "", s.getExcuse), "Such a document"},
		{put, "/api/v1/seats/{seat}/window", []proctor.Role{proctor.RoleRegistrar, proctor.RoleHead}, jsonBody, rateWrite, done(s.putWindow), "Approve an individual window; without one, take it back"},
		{get, "/deliveries", nil, noBody, rateNone, page, ""},
	}
}

// deliveryView is one delivery to one system.
type deliveryView struct {
	Key       proctor.DeliveryKey   `json:"key"`
	System    string                `json:"system" doc:"hand: a person does it"`
	Effect    proctor.Effect        `json:"effect"`
	State     proctor.DeliveryState `json:"state"`
	Alarm     bool                  `json:"alarm" doc:"a person must look"`
	At        time.Time             `json:"at"`
	Exam      proctor.ExamID        `json:"exam"`
	ExamTitle string                `json:"exam_title"`
	Seat      proctor.SeatID        `json:"seat"`
	Examinee  proctor.Examinee      `json:"examinee"`
	Act       proctor.ActID         `json:"act"`
	Number    string                `json:"number"`

	Score *proctor.AnnulledScore `json:"score,omitempty"`
	Times *proctor.Times         `json:"times,omitempty"`

	Sent         *time.Time            `json:"sent"`
	Failed       *time.Time            `json:"failed"`
	Reason       proctor.FailureReason `json:"reason"`
	Detail       string                `json:"detail" doc:"the system's words"`
	Acknowledged *time.Time            `json:"acknowledged"`
	Reference    string                `json:"reference"`
	ByName       string                `json:"by_name" doc:"who did it by hand"`
	Text         string                `json:"text"`
}

type deliveryList struct {
	Deliveries []deliveryView `json:"deliveries"`
	Alarms     int            `json:"alarms" doc:"how many must be looked at"`
	Pending    int            `json:"pending"`
	AlarmAfter int            `json:"alarm_after" doc:"seconds"`
	Systems    []string       `json:"systems"`
}

func (s *Server) getDeliveries(ctx context.Context, _ *call, _ *nothing) (deliveryList, error) {
	out := deliveryList{Deliveries: []deliveryView{}, AlarmAfter: int(s.cfg.AlarmAfter / time.Second), Systems: []string{}}
	if s.cfg.Outbox != nil {
		out.Systems = append(out.Systems, s.cfg.Outbox.Systems()...)
	}
	n, err := s.names(ctx)
	if err != nil {
		return deliveryList{}, err
	}
	for _, id := range s.cfg.Engine.Exams() {
		err := s.cfg.Engine.View(id, func(st *proctor.State) {
			for _, d := range st.Deliveries {
				out.Deliveries = append(out.Deliveries, s.viewsOfDelivery(st, d, n)...)
			}
		})
		if err != nil {
			return deliveryList{}, err
		}
	}
	for _, v := range out.Deliveries {
		if v.Alarm {
			out.Alarms++
		}
		if v.Acknowledged == nil {
			out.Pending++
		}
	}
	slices.SortFunc(out.Deliveries, func(a, b deliveryView) int {
		return cmp.Or(rank(a)-rank(b), b.At.Compare(a.At), cmp.Compare(a.Key, b.Key), cmp.Compare(a.System, b.System))
	})
	old := func(v deliveryView) bool { return v.Acknowledged != nil && s.cfg.Now().Sub(*v.Acknowledged) > booked }
	out.Deliveries = slices.DeleteFunc(out.Deliveries, old)
	if len(out.Deliveries) > bookedMost && out.Pending < bookedMost {
		out.Deliveries = out.Deliveries[:bookedMost]
	}
	return out, nil
}

// rank puts first what needs somebody.
func rank(v deliveryView) int {
	switch {
	case v.Alarm:
		return 0
	case v.Acknowledged == nil:
		return 1
	}
	return 2
}

// viewsOfDelivery copies a delivery out of a State, once for each system.
func (s *Server) viewsOfDelivery(st *proctor.State, d *proctor.Delivery, n names) (out []deliveryView) {
	for _, name := range st.Systems(d) {
		p := d.Progress[name]
		v := deliveryView{
			Key: d.Key, System: name, Effect: d.Effect, State: p.State(), Alarm: s.alarming(d, p), At: d.At,
			Exam: d.Exam, ExamTitle: st.Exam.Title, Seat: d.Seat, Act: d.Act, Number: d.Number, Score: d.Score, Times: d.Times,
			Sent: timeOf(p.Sent), Acknowledged: timeOf(p.Acknowledged), Reference: p.Reference, Text: p.Text,
		}
		if p.By != "" {
			v.ByName = cmp.Or(n.of(p.By), string(p.By))
		}
		if t := st.Seats[d.Seat]; t != nil {
			v.Examinee = t.Examinee
		}
		if f := p.Failure; f != nil {
			v.Failed, v.Reason, v.Detail = timeOf(f.At), f.Reason, f.Detail
		}
		out = append(out, v)
	}
	return out
}

// alarming reports whether people must be told that a system has not taken a
// decision: it is late, or it will not mend by itself.
func (s *Server) alarming(d *proctor.Delivery, p proctor.Progress) bool {
	if !d.Done.IsZero() || !p.Acknowledged.IsZero() {
		return false
	}
	return p.Failure != nil && p.Failure.Reason.Urgent() || s.cfg.Now().Sub(d.At) >= s.cfg.AlarmAfter
}

// actDelivery is where the effect of an act stands in the systems of record.
type actDelivery struct {
	State  proctor.DeliveryState `json:"state"`
	Effect proctor.Effect        `json:"effect"`
	Alarm  bool                  `json:"alarm"`
	// Of how many deliveries all systems have Done.
	Count        int                   `json:"count"`
	Done         int                   `json:"done"`
	Reason       proctor.FailureReason `json:"reason" doc:"why the worst of them is not there yet"`
	Acknowledged *time.Time            `json:"acknowledged" doc:"when the last of them was"`
	Reference    string                `json:"reference"`
}

// deliveryOfAct sums up an act's newest effect, nil while it has none.
func (s *Server) deliveryOfAct(st *proctor.State, a *proctor.Act) *actDelivery {
	latest := map[proctor.SeatID]*proctor.Delivery{}
	for _, d := range st.Deliveries {
		if d.Act == a.ID {
			latest[d.Seat] = d
		}
	}
	if len(latest) == 0 {
		return nil
	}
	out := &actDelivery{State: proctor.DeliveryAcknowledged, Count: len(latest)}
	for _, d := range latest {
		out.Effect = d.Effect
		if !d.Done.IsZero() {
			out.Done++
		}
		if state := st.StateOf(d); severity(state) > severity(out.State) {
			out.State = state
		}
		for _, name := range st.Systems(d) {
			p := d.Progress[name]
			if s.alarming(d, p) {
				out.Alarm = true
			}
			if p.Failure != nil {
				out.Reason = p.Failure.Reason
			}
			if at := timeOf(p.Acknowledged); at != nil && (out.Acknowledged == nil || at.After(*out.Acknowledged)) {
				out.Acknowledged, out.Reference = at, p.Reference
			}
		}
	}
	return out
}

func severity(x proctor.DeliveryState) int {
	return slices.Index([]proctor.DeliveryState{
		proctor.DeliveryAcknowledged, proctor.DeliverySent, proctor.DeliveryPending, proctor.DeliveryRefused,
	}, x)
}

func (s *Server) getDeliveryTable(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Outbox == nil {
		s.refuse(w, r, proctor.Errorf(proctor.NotFound, "delivery"))
		return
	}
	table, err := s.cfg.Outbox.Table()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="qyragy-`+s.now().Format(time.DateOnly)+`.csv"`)
	serveBytes(w, r, "text/csv; charset=utf-8", "no-store", "", table)
}

type retryBody struct {
	Exam proctor.ExamID      `path:"exam"`
	Key  proctor.DeliveryKey `path:"key"`
	Body struct {
		System string `json:"system"`
	}
}

type acknowledgeBody struct {
	Exam proctor.ExamID      `path:"exam"`
	Key  proctor.DeliveryKey `path:"key"`
	Body struct {
		System string `json:"system"`
		Text   string `json:"text"`
	}
}

func (s *Server) postRetry(ctx context.Context, c *call, in *retryBody) error {
	return s.cfg.Engine.RetryDelivery(ctx, c.who.actor(), in.Exam, in.Key, in.Body.System)
}

func (s *Server) postAcknowledge(ctx context.Context, c *call, in *acknowledgeBody) error {
	return s.cfg.Engine.AcknowledgeDelivery(ctx, c.who.actor(), in.Exam, in.Key, in.Body.System, in.Body.Text)
}

type examRecordBody struct {
	Exam proctor.ExamID `path:"exam"`
	Body proctor.ExamRecord
}

type seatRecordBody struct {
	Seat proctor.SeatID `path:"seat"`
	Body proctor.SeatRecord
}

// examRecordView is where an exam is, and whom there is to tell.
type examRecordView struct {
	Record  proctor.ExamRecord `json:"record"`
	Systems []string           `json:"systems"`
}

func (s *Server) getExamRecord(_ context.Context, _ *call, in *examPath) (examRecordView, error) {
	out := examRecordView{Systems: []string{}}
	if s.cfg.Outbox != nil {
		out.Systems = append(out.Systems, s.cfg.Outbox.Systems()...)
	}
	err := s.cfg.Engine.View(in.Exam, func(st *proctor.State) { out.Record = st.Record })
	return out, err
}

func (s *Server) putExamRecord(ctx context.Context, c *call, in *examRecordBody) error {
	return s.cfg.Engine.LinkExam(ctx, c.who.actor(), in.Exam, in.Body)
}

func (s *Server) putSeatRecord(ctx context.Context, c *call, in *seatRecordBody) error {
	return s.cfg.Engine.LinkSeat(ctx, c.who.actor(), in.Seat, in.Body)
}
