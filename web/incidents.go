package web

import (
	"context"

	"qyragy/proctor"
)

type incidentRaise struct {
	Seat proctor.SeatID `path:"seat"`
	Body struct {
		Cause proctor.Cause `json:"cause" doc:"object or other"`
		Text  string        `json:"text"`
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

func (s *Server) postIncident(ctx context.Context, c *call, in *incidentRaise) (proctor.Incident, error) {
	return s.cfg.Engine.Raise(ctx, c.who.actor(), in.Seat, in.Body.Cause, in.Body.Text)
}

func (s *Server) postConfirm(ctx context.Context, c *call, in *incidentConfirm) (actView, error) {
	a, err := s.cfg.Engine.Confirm(ctx, c.who.actor(), in.Incident, in.Body.Reasons, in.Body.Text)
	return s.afterwards(a.ID, err)
}

func (s *Server) postDismiss(ctx context.Context, c *call, in *incidentDismiss) error {
	return s.cfg.Engine.Dismiss(ctx, c.who.actor(), in.Incident, in.Body.Text)
}
