package web

import (
	"context"
	"slices"
	"time"

	"qyragy/proctor"
)

// This file serves Appendix B: inspections of technical faults (clause 5.3.15).

// faultView is a cluster of fault candidates, worded for the form.
type faultView struct {
	proctor.Cluster
	Candidates []incidentView `json:"candidates"`
	// Names of the examinees, in the order of Seats.
	Names   []string `json:"names"`
	Purpose string   `json:"purpose" doc:"suggested wording, in Kazakh"`
	Result  string   `json:"result" doc:"suggested wording, in Kazakh"`
}

type faultList struct {
	Faults []faultView `json:"faults"`
}

func (s *Server) getFaults(ctx context.Context, _ *call, in *examPath) (faultList, error) {
	n, err := s.names(ctx)
	if err != nil {
		return faultList{}, err
	}
	out := faultList{Faults: []faultView{}}
	err = s.cfg.Engine.View(in.Exam, func(st *proctor.State) {
		for _, c := range st.Clusters() {
			f := faultView{Cluster: c}
			for _, id := range c.Seats {
				f.Names = append(f.Names, st.Seats[id].Examinee.Name)
			}
			var incidents []proctor.Incident
			for _, id := range c.Incidents {
				incidents = append(incidents, *st.Incidents[id])
				f.Candidates = append(f.Candidates, viewOfIncident(*st.Incidents[id], n))
			}
			f.Purpose, f.Result = s.cfg.Inspector.Suggest(c, incidents)
			out.Faults = append(out.Faults, f)
		}
	})
	return out, err
}

// InspectionBody is what people write of an inspection.
type InspectionBody struct {
	Purpose   string            `json:"purpose" required:"false"`
	Result    string            `json:"result" required:"false"`
	Decision  string            `json:"decision" required:"false"`
	Code      proctor.Decision  `json:"code" required:"false" doc:"no_fault, extra_time, resume_attempt, new_attempt, reschedule or convert_to_A"`
	Minutes   int               `json:"minutes" required:"false" doc:"of extra_time"`
	From      time.Time         `json:"from" required:"false" doc:"of reschedule"`
	To        time.Time         `json:"to" required:"false" doc:"of reschedule"`
	Officials proctor.Officials `json:"officials" required:"false" doc:"login of who signs, by role; those left out stay"`
}

func (b InspectionBody) inspection() proctor.Inspection {
	return proctor.Inspection{
		Purpose: b.Purpose, Result: b.Result, Decision: b.Decision, Code: b.Code,
		Minutes: b.Minutes, From: b.From.UTC(), To: b.To.UTC(),
	}
}

type inspectionDraft struct {
	Exam proctor.ExamID `path:"exam"`
	Body struct {
		InspectionBody
		Incidents []proctor.IncidentID `json:"incidents" required:"false" maxItems:"1000"`
		Seats     []proctor.SeatID     `json:"seats" required:"false" maxItems:"500" doc:"besides those of the incidents"`
	}
}

type inspectionEdit struct {
	Act  proctor.ActID `path:"act"`
	Body InspectionBody
}

func (s *Server) postInspection(ctx context.Context, c *call, in *inspectionDraft) (actView, error) {
	if len(in.Body.Officials) > 0 { // the draft names nobody yet
		return actView{}, proctor.Errorf(proctor.Invalid, "officials")
	}
	x := in.Body.inspection()
	x.Incidents, x.Seats = slices.Clone(in.Body.Incidents), slices.Clone(in.Body.Seats)
	a, err := s.cfg.Engine.Inspect(ctx, c.who.actor(), in.Exam, x)
	return s.afterwards(ctx, a.ID, err)
}

func (s *Server) putInspection(ctx context.Context, c *call, in *inspectionEdit) (actView, error) {
	err := s.checkOfficials(ctx, in.Body.Officials)
	if err == nil {
		_, err = s.cfg.Engine.EditInspection(ctx, c.who.actor(), in.Act, in.Body.inspection(), in.Body.Officials)
	}
	return s.afterwards(ctx, in.Act, err)
}
