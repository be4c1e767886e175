package web

import (
	"context"
	"time"

	"qyragy/proctor"
)

// incidentView is an incident with the names behind its logins.
type incidentView struct {
	proctor.Incident
	ByName     string `json:"by_name,omitempty" doc:"name of who judged it"`
	RaisedName string `json:"raised_by_name,omitempty" doc:"name of who raised it by hand"`
}

func viewOfIncident(i proctor.Incident, n names) incidentView {
	return incidentView{i, n.of(i.By), n.of(i.RaisedBy)}
}

type incidentRaise struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		Cause proctor.Cause `json:"cause" doc:"object or other"`
		Text  string        `json:"text"`
		At    time.Time     `json:"at" required:"false" doc:"the moment it concerns, while she was in the exam; now if left out"`
	}
}

type incidentConfirm struct {
	Incident proctor.IncidentID `path:"incident"`
	Body     struct {
		Reasons []proctor.Reason `json:"reasons" maxItems:"6"`
		Text    string           `json:"text" required:"false" doc:"required with A6"`
	}
}

type incidentDismiss struct {
	Incident proctor.IncidentID `path:"incident"`
	Body     struct {
		Text string `json:"text"`
	}
}

func (s *Server) postIncident(ctx context.Context, c *call, in *incidentRaise) (incidentView, error) {
	n, err := s.names(ctx)
	if err != nil {
		return incidentView{}, err
	}
	i, err := s.cfg.Engine.Raise(ctx, c.who.actor(), in.Seat, in.Body.Cause, in.Body.Text, in.Body.At)
	return viewOfIncident(i, n), err
}

func (s *Server) postConfirm(ctx context.Context, c *call, in *incidentConfirm) (actView, error) {
	a, err := s.cfg.Engine.Confirm(ctx, c.who.actor(), in.Incident, in.Body.Reasons, in.Body.Text)
	return s.afterwards(ctx, a.ID, err)
}

func (s *Server) postDismiss(ctx context.Context, c *call, in *incidentDismiss) error {
	return s.cfg.Engine.Dismiss(ctx, c.who.actor(), in.Incident, in.Body.Text)
}
