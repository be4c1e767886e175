package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"qyragy/proctor"
)

// This file serves an exam as those who plan it see it.

// arrangers see an exam's plan: who schedules it and gives seats, and who
// approves individual windows.
func arrangers() []proctor.Role {
	return append(planners(), proctor.RoleHead, proctor.RoleRegistrar)
}

func (s *Server) planRoutes() []route {
	page := plain("text/html", "", s.getPage)
	return []route{
		{get, "/api/v1/exams/{exam}/plan", arrangers(), noBody, rateRead, answer(s.getPlan), "An exam's seats as they are planned: photos, windows, what is granted"},
		{get, "/exams/new", nil, noBody, rateNone, page, ""},
		{get, "/plan", nil, noBody, rateNone, page, ""},
		{get, "/plan/", nil, noBody, rateNone, page, ""},
	}
}

// plan is an exam with all that can be arranged before it begins.
type plan struct {
	Exam    examView           `json:"exam"`
	Now     time.Time          `json:"now"`
	Seats   []planSeat         `json:"seats"`
	Record  proctor.ExamRecord `json:"record"`
	Systems []string           `json:"systems" doc:"the systems of record that are configured"`
}

// planSeat is a seat before the exam. Her link is not there: the server keeps
// only its hash.
type planSeat struct {
	ID            proctor.SeatID        `json:"id"`
	Stage         proctor.Stage         `json:"stage"`
	Examinee      proctor.Examinee      `json:"examinee"`
	Accommodation proctor.Accommodation `json:"accommodation"`
	Accommodated  *changeView           `json:"accommodated"`
	Photo         bool                  `json:"photo" doc:"an enrolment photo is stored"`
	Admitted      bool                  `json:"admitted" doc:"she was let in: her window stays as it is"`
	Hours         proctor.Span          `json:"hours" doc:"when her own exam is"`
	Window        *proctor.Window       `json:"window"`
	Excuses       []excuseView          `json:"excuses"`
	Record        proctor.SeatRecord    `json:"record"`
}

func (s *Server) getPlan(ctx context.Context, _ *call, in *examPath) (plan, error) {
	n, err := s.names(ctx)
	if err != nil {
		return plan{}, err
	}
	out := plan{Now: s.now(), Systems: []string{}}
	if s.cfg.Outbox != nil {
		out.Systems = append(out.Systems, s.cfg.Outbox.Systems()...)
	}
	err = s.cfg.Engine.View(in.Exam, func(st *proctor.State) {
		out.Exam, out.Record = examOf(st.Exam), st.Record
		out.Seats = make([]planSeat, 0, len(st.Seats))
		for _, t := range st.Seats {
			out.Seats = append(out.Seats, planSeatOf(st, t, n))
		}
	})
	slices.SortFunc(out.Seats, func(a, b planSeat) int {
		return cmp.Or(cmp.Compare(a.Examinee.Group, b.Examinee.Group), cmp.Compare(a.Examinee.Name, b.Examinee.Name),
			cmp.Compare(a.ID, b.ID))
	})
	return out, err
}

func planSeatOf(st *proctor.State, t *proctor.Seat, n names) planSeat {
	out := planSeat{
		ID: t.ID, Stage: t.Stage, Examinee: t.Examinee, Accommodation: t.Accommodation, Photo: t.Enrolment != nil,
		Admitted: !t.Admitted.IsZero(), Hours: st.Hours(t), Excuses: make([]excuseView, 0, len(t.Excuses)), Record: t.Record,
	}
	if t.Window != nil {
		w := *t.Window
		out.Window = &w
	}
	if t.Accommodated != nil {
		c := viewOfChange(*t.Accommodated, n)
		out.Accommodated = &c
	}
	for _, x := range t.Excuses {
		out.Excuses = append(out.Excuses, excuseView{x.Receipt.SHA256, x.Kind, x.Receipt.Size, x.At, n.of(x.By)})
	}
	return out
}
