package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"qyragy/proctor"
)

type examSummary struct {
	ID         proctor.ExamID   `json:"id"`
	Title      string           `json:"title"`
	Discipline string           `json:"discipline"`
	Kind       proctor.ExamKind `json:"kind"`
	Form       proctor.Form     `json:"form"`
	Opens      time.Time        `json:"opens"`
	Closes     time.Time        `json:"closes"`
	Seats      int              `json:"seats"`
	Candidates int              `json:"candidates" doc:"incidents that wait for a person"`
}

type examList struct {
	Exams []examSummary `json:"exams"`
}

type examBody struct {
	Title      string           `json:"title"`
	Discipline string           `json:"discipline"`
	Kind       proctor.ExamKind `json:"kind"`
	Form       proctor.Form     `json:"form"`
	Opens      time.Time        `json:"opens"`
	Closes     time.Time        `json:"closes"`
	URL        string           `json:"url" required:"false"`
	Policy     policyBody       `json:"policy,omitempty" doc:"what it watches for; what is left out is the default"`
	// Record is where it is in the systems of record.
	Record proctor.ExamRecord `json:"record" required:"false"`
}

type assignment struct {
	Exam proctor.ExamID `path:"exam"`
	Body struct {
		Examinee      proctor.Examinee      `json:"examinee"`
		Accommodation proctor.Accommodation `json:"accommodation" required:"false"`
		Record        proctor.SeatRecord    `json:"record" required:"false" doc:"who she is in the systems of record"`
	}
}

type assigned struct {
	ID  proctor.SeatID `json:"id"`
	URL string         `json:"examinee_url"`
}

type examPath struct {
	Exam proctor.ExamID `path:"exam"`
}

// dashboard is an exam as a proctor's wall shows it.
type dashboard struct {
	Exam      examView       `json:"exam"`
	Now       time.Time      `json:"now"`
	Seats     []seatTile     `json:"seats"`
	Incidents []incidentView `json:"incidents"`
	Acts      []actView      `json:"acts"`
	// Degraded says that looks are late or stopped.
	Degraded *proctor.Degradation `json:"degraded"`
}

func (s *Server) getExams(_ context.Context, _ *call, _ *nothing) (examList, error) {
	out := examList{Exams: []examSummary{}}
	for _, id := range s.cfg.Engine.Exams() {
		err := s.cfg.Engine.View(id, func(st *proctor.State) {
			if st.Exam.ID != "" { // else it is being scheduled at this moment
				out.Exams = append(out.Exams, summaryOf(st))
			}
		})
		if err != nil {
			return examList{}, err
		}
	}
	slices.SortFunc(out.Exams, func(a, b examSummary) int {
		return cmp.Or(a.Opens.Compare(b.Opens), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func summaryOf(st *proctor.State) examSummary {
	x := st.Exam
	out := examSummary{x.ID, x.Title, x.Discipline, x.Kind, x.Form, x.Opens, x.Closes, len(st.Seats), 0}
	for _, i := range st.Incidents {
		if i.Candidate() {
			out.Candidates++
		}
	}
	return out
}

func (s *Server) postExam(ctx context.Context, c *call, in *body[examBody]) (examSummary, error) {
	b := in.Body
	policy, err := policyOf(b.Policy, b.Form)
	if err != nil {
		return examSummary{}, err
	}
	x, err := s.cfg.Engine.ScheduleLinked(ctx, c.who.actor(), proctor.Exam{
		Title: b.Title, Discipline: b.Discipline, Kind: b.Kind, Form: b.Form,
		Opens: b.Opens.UTC(), Closes: b.Closes.UTC(), URL: b.URL, Policy: policy,
	}, b.Record)
	if err != nil {
		return examSummary{}, err
	}
	var out examSummary
	err = s.cfg.Engine.View(x.ID, func(st *proctor.State) { out = summaryOf(st) })
	return out, err
}

func (s *Server) postSeat(ctx context.Context, c *call, in *assignment) (assigned, error) {
	id, token, err := s.cfg.Engine.Assign(ctx, c.who.actor(), in.Exam, proctor.Assignment(in.Body))
	if err != nil {
		return assigned{}, err
	}
	return assigned{id, s.cfg.BaseURL + "/exam#" + token}, nil
}

func (s *Server) getExam(ctx context.Context, _ *call, in *examPath) (dashboard, error) {
	out := dashboard{Now: s.now()}
	n, err := s.names(ctx)
	if err != nil {
		return dashboard{}, err
	}
	err = s.cfg.Engine.View(in.Exam, func(st *proctor.State) {
		out.Exam = examOf(st.Exam)
		if d := st.Degraded; d != nil && !st.Exam.Over(out.Now) {
			copied := *d
			out.Degraded = &copied
		}
		out.Seats = make([]seatTile, 0, len(st.Seats))
		for _, t := range st.Seats {
			out.Seats = append(out.Seats, tileOf(t))
		}
		out.Incidents = incidentsOf(st, n, func(*proctor.Incident) bool { return true })
		out.Acts = make([]actView, 0, len(st.Acts))
		for _, a := range st.Acts {
			v := viewOfAct(st, a, n)
			v.Delivery = s.deliveryOfAct(st, a)
			out.Acts = append(out.Acts, v)
		}
	})
	if err != nil {
		return dashboard{}, err
	}
	for i := range out.Seats {
		out.Seats[i].Live = s.liveOf(out.Seats[i].ID)
	}
	slices.SortFunc(out.Seats, func(a, b seatTile) int {
		return cmp.Or(cmp.Compare(a.Examinee.Group, b.Examinee.Group), cmp.Compare(a.Examinee.Name, b.Examinee.Name),
			cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(out.Acts, func(a, b actView) int { return newest(a.place(), b.place()) })
	return out, nil
}

// incidentsOf copies the incidents that match, in the order of their time.
func incidentsOf(st *proctor.State, n names, match func(*proctor.Incident) bool) []incidentView {
	out := []incidentView{}
	for _, i := range st.Incidents {
		if match(i) {
			out = append(out, viewOfIncident(*i, n))
		}
	}
	slices.SortFunc(out, func(a, b incidentView) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	return out
}

type identityBody struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		Accepted bool      `json:"accepted"`
		Note     string    `json:"note" required:"false"`
		Seen     time.Time `json:"seen" required:"false" doc:"identity.at of the comparison decided on; refused if there is another by now"`
	}
}

type seatTextBody struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		Text string `json:"text"`
	}
}

func (s *Server) postIdentity(ctx context.Context, c *call, in *identityBody) error {
	return s.cfg.Engine.DecideIdentity(ctx, c.who.actor(), in.Seat, in.Body.Accepted, in.Body.Note, in.Body.Seen)
}

func (s *Server) postMessage(ctx context.Context, c *call, in *seatTextBody) error {
	return s.cfg.Engine.Message(ctx, c.who.actor(), in.Seat, in.Body.Text)
}
