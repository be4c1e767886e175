package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"qyragy/acts"
	"qyragy/deliver"
	"qyragy/detect"
	"qyragy/media"
	"qyragy/media/relay"
	"qyragy/media/vault"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/web"
)

// consentVersion names the consent text in web/messages; a new text gets a
// new one, and is asked for again.
const consentVersion = "2026-11-23.5"

// server is everything that runs in this process, made by open in the order of
// the fields and ended by close in the reverse.
type server struct {
	cfg  serveCmd
	log  *slog.Logger
	base string // how browsers reach it
	// origins are all the addresses that its pages may be served from.
	origins []string

	journal   *journal.Journal
	accounts  *journal.Accounts
	secret    []byte
	authority acts.Authority
	vault     *vault.Vault
	bus       *bus
	engine    *proctor.Engine
	monitor   *monitor
	dispatch  *detect.Dispatcher
	faces     *faces
	listener  *detect.Listener
	media     *media.Server
	evidence  *evidence
	office    *office
	paper     *paper
	notary    *notary
	archive   *archive
	counter   *counter // nil where nobody signs with NCALayer
	keyring   *keyring
	keeper    *keeper
	keeping   *keeping
	books     *books
	systems   deliver.Set
	delivery  *delivery
	web       *web.Server
	http      *http.Server
	front     *relay.Front
	secure    bool // the web server speaks TLS
	turn      reach
	demo      demoFile

	closers []func() error
}

// open makes a server that is ready to run. It starts nothing that it cannot
// finish: on an error everything is closed again.
func open(ctx context.Context, cfg serveCmd, log *slog.Logger) (s *server, err error) {
	s = &server{cfg: cfg, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	steps := []func(context.Context) error{
		s.openModels, s.openJournal, s.openVault, s.openBus, s.openDelivery, s.openEngine,
		s.openListener, s.openMedia, s.openTURN, s.openOffice, s.openWeb, s.openDemo,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *server) later(f func() error) { s.closers = append(s.closers, f) }

// close ends what open made, last first.
func (s *server) close() error {
	var err error
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i]())
	}
	s.closers = nil
	return err
}

// run serves until ctx ends or a part fails that the others cannot do without,
// then stops in order: no new requests, recordings sealed, journal closed.
func (s *server) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.media.Run(ctx) })
	g.Go(func() error { return s.dispatch.Run(ctx) })
	g.Go(func() error { return s.listener.Run(ctx) })
	g.Go(func() error { return s.monitor.run(ctx) })
	g.Go(func() error { return s.faces.run(ctx) })
	g.Go(func() error { return s.office.run(ctx) })
	if s.counter != nil {
		g.Go(func() error { return s.counter.run(ctx) })
		g.Go(func() error { return s.counter.pki.lists.run(ctx) })
	}
	g.Go(func() error { return s.notary.run(ctx) })
	g.Go(func() error { return s.keeper.run(ctx) })
	g.Go(func() error { return s.keeping.run(ctx) })
	g.Go(func() error { return s.books.run(ctx) })
	g.Go(func() error { return s.delivery.run(ctx) })
	g.Go(func() error { return s.delivery.box.Run(ctx) })
	for range s.cfg.Detectors {
		sup := s.supervisor(ctx)
		g.Go(func() error { return sup.Run(ctx) })
	}
	g.Go(func() error {
		if err := s.http.Serve(s.front.Pages); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve browsers: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-s.engine.Failed():
		}
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := s.http.Shutdown(stop); err != nil {
			s.http.Close() // websockets and live views do not end by themselves
		}
		return s.engine.Err()
	})
	return errors.Join(g.Wait(), s.close())
}

func (s *server) supervisor(ctx context.Context) *detect.Supervisor {
	return &detect.Supervisor{
		Path: s.cfg.Detector, Args: []string{"run", "--models", s.cfg.Models, "--workers", "1", "--die-with-parent"},
		Env: []string{"QYRAGY_NATS=" + s.bus.url()}, Logger: s.log,
		Degraded: func(detail string) {
			s.log.Error("detection is degraded; recording goes on", "detail", detail)
			if err := s.engine.Degraded(ctx, detail); err != nil && ctx.Err() == nil {
				s.log.Error("cannot journal that detection is degraded", "err", err)
			}
		},
	}
}

// ready says what is wrong with each part, nil for nothing.
func (s *server) ready(ctx context.Context) map[string]error {
	parts := map[string]error{"journal": s.engine.Err(), "bus": nil, "store": s.vault.Ready(ctx)}
	if parts["journal"] == nil {
		_, _, parts["journal"] = s.journal.Head(ctx)
	}
	if !s.bus.conn.IsConnected() {
		parts["bus"] = errors.New("not connected")
	}
	if s.cfg.Detectors > 0 {
		parts["detector"] = nil
		if !s.bus.attended(ctx) {
			parts["detector"] = errors.New("no detector is listening")
		}
	}
	return parts
}
