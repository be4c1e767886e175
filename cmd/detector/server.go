package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"qyragy/detect"
)

// eyes is what answers requests; *vision.Vision does.
type eyes interface {
	Look(detect.LookRequest) detect.LookReply
	Picture(detect.PictureRequest) detect.PictureReply
	Portrait(detect.PortraitRequest) detect.PortraitReply
}

// ears is what answers requests of sound; *hearing.Hearing does.
type ears interface {
	Hear(detect.HearRequest) detect.HearReply
}

// waiting is how many requests may wait per worker. More are dropped: by the
// time that a look could begin its frame is old, and the server, which hears
// nothing, sends a newer one.
const waiting = 16

// reconnectWait is the pause between attempts to reach NATS, for ever.
const reconnectWait = 500 * time.Millisecond

// server answers requests from NATS with a fixed number of workers.
type server struct {
	url     string
	workers int
	vision  eyes
	hearing ears
	pulse   *pulse
	logger  *slog.Logger
}

// run answers until ctx ends, then finishes what is being looked at.
func (s server) run(ctx context.Context) error {
	nc, err := nats.Connect(s.url, nats.Name("qyragy-detector"), nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait), nats.RetryOnFailedConnect(true), nats.ErrorHandler(s.complain),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: we hung up ourselves
				s.logger.Warn("lost NATS", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { s.logger.Info("reached NATS") }))
	if err != nil {
		return fmt.Errorf("connect to NATS: %w", err)
	}
	defer nc.Close()
	requests := make(chan *nats.Msg, waiting*s.workers)
	var wg sync.WaitGroup
	for range s.workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s.work(ctx, requests)
		}()
	}
	defer wg.Wait()
	for _, subject := range []string{detect.SubjectLook, detect.SubjectPicture, detect.SubjectPortrait, detect.SubjectHear} {
		if _, err := nc.ChanQueueSubscribe(subject, detect.Queue, requests); err != nil {
			return fmt.Errorf("subscribe to %s: %w", subject, err)
		}
	}
	s.logger.Info("detector ready", "workers", s.workers)
	<-ctx.Done()
	return nil
}

func (s server) complain(_ *nats.Conn, sub *nats.Subscription, err error) {
	subject := ""
	if sub != nil {
		subject = sub.Subject
	}
	s.logger.Warn("NATS", "subject", subject, "err", err)
}

func (s server) work(ctx context.Context, requests <-chan *nats.Msg) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-requests:
			end := s.pulse.begin()
			err := s.answer(m)
			end()
			if err != nil {
				s.logger.Warn("a request could not be answered", "subject", m.Subject, "err", err)
			}
		}
	}
}

func (s server) answer(m *nats.Msg) error {
	switch m.Subject {
	case detect.SubjectLook:
		return respond(m, s.vision.Look, func(e string) detect.LookReply { return detect.LookReply{Err: e, Fault: true} })
	case detect.SubjectPicture:
		return respond(m, s.vision.Picture, func(e string) detect.PictureReply { return detect.PictureReply{Err: e} })
	case detect.SubjectPortrait:
		return respond(m, s.vision.Portrait, func(e string) detect.PortraitReply { return detect.PortraitReply{Err: e, Fault: true} })
	case detect.SubjectHear:
		return respond(m, s.hearing.Hear, func(e string) detect.HearReply { return detect.HearReply{Err: e} })
	default:
		return fmt.Errorf("unknown subject %s", m.Subject)
	}
}

// respond answers a request; one that cannot be read is answered too, so that
// nobody waits for it.
func respond[Q, A any](m *nats.Msg, do func(Q) A, refuse func(string) A) error {
	var q Q
	var a A
	if err := detect.Decode(m.Data, &q); err != nil {
		a = refuse("read the request: " + err.Error())
	} else {
		a = do(q)
	}
	// Whoever asks in JSON alone is answered so.
	write := detect.Encode
	if len(m.Data) > 0 && (m.Data[0] == '{' || m.Data[0] == '"') {
		write = json.Marshal
	}
	b, err := write(a)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return m.Respond(b)
}
