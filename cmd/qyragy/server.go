package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"qyragy/acts"
	"qyragy/deliver"
	"qyragy/detect"
	"qyragy/media"
	"qyragy/media/relay"
	"qyragy/media/vault"
	"qyragy/models"
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

func (s *server) openModels(context.Context) error {
	if s.cfg.Detectors == 0 {
		return nil
	}
	if err := models.Check(s.cfg.Models); err != nil {
		return fmt.Errorf("the networks are not as they should be (%w): run 'make models'", err)
	}
	return nil
}

func (s *server) openJournal(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	release, err := lockData(s.cfg.Data)
	if err != nil {
		return err
	}
	s.later(release)
	if s.journal, err = journal.Open(ctx, filepath.Join(s.cfg.Data, "journal.db")); err != nil {
		return err
	}
	s.later(s.journal.Close)
	s.accounts = s.journal.Accounts()
	if s.secret, err = s.journal.Secret(ctx, "publish-tokens", 32); err != nil {
		return err
	}
	s.authority, err = loadAuthority(filepath.Join(s.cfg.Data, "keys"))
	return err
}

func (s *server) openVault(ctx context.Context) (err error) {
	var done func() error
	s.vault, done, err = openStore(ctx, s.cfg.S3, s.cfg.Data)
	s.later(done)
	return err
}

func (s *server) openBus(context.Context) (err error) {
	if s.bus, err = openBus(s.cfg.NATS); err != nil {
		return err
	}
	s.later(func() error { s.bus.close(); return nil })
	return nil
}

func (s *server) openEngine(ctx context.Context) (err error) {
	if s.engine, err = proctor.Open(ctx, s.journal, proctor.Options{Systems: s.systems.Default}); err != nil {
		return err
	}
	s.later(func() error { s.engine.Close(); return nil })
	s.monitor = newMonitor(s.engine)
	s.faces = newFaces(s.engine, store{s.vault}, s.log)
	s.dispatch = detect.New(detect.Config{
		NATS: s.bus.conn, Looks: s.engine, Seats: terms{s.engine, s.faces}, InFlight: 2 * max(1, s.cfg.Detectors),
	})
	s.faces.eyes = s.dispatch
	s.listener = detect.NewListener(detect.ListenConfig{
		NATS: s.bus.conn, Sounds: s.engine, Wanted: speech{s.engine}, InFlight: max(1, s.cfg.Detectors),
	})
	return nil
}

func (s *server) openMedia(context.Context) (err error) {
	host, _, err := net.SplitHostPort(s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", s.cfg.Listen, err)
	}
	cfg := media.Config{
		Spool: filepath.Join(s.cfg.Data, "spool"), Vault: s.vault, Keep: retention,
		Log: s.engine, Last: s.engine.LastSegment, Backfills: s.engine, PublicIPs: s.cfg.PublicIP,
		Loopback: host == "" || isLocal(host) || s.cfg.Demo > 0,
		Links:    s.links, Frames: s.dispatch, Sounds: s.listener, Monitor: s.monitor, Logger: s.log,
	}
	if cfg.UDP, err = mediaAddress(s.cfg.UDP, host); err == nil {
		err = s.openICETCP(&cfg)
	}
	if err == nil {
		s.media, err = media.New(cfg)
	}
	if errors.Is(err, unix.EADDRINUSE) {
		return fmt.Errorf("%w: another program has the media port; --udp names another", err)
	}
	if err != nil {
		return err
	}
	s.later(s.media.Close)
	return nil
}

func (s *server) openOffice(ctx context.Context) error {
	stamps, err := openStamps(s.cfg.Stamps, s.log)
	if err != nil {
		return err
	}
	pki, err := openNational(s.cfg.National, filepath.Join(s.cfg.Data, "national"), s.log)
	if err != nil {
		return err
	}
	s.evidence = &evidence{s.engine, s.media, s.dispatch, s.faces, store{s.vault}, s.log}
	if s.keyring, err = openKeyring(ctx, s); err != nil {
		return err
	}
	s.office = &office{
		engine: s.engine, journal: s.journal, accounts: s.accounts, store: store{s.vault}, evidence: s.evidence,
		root: s.authority.Certificate, stamps: stamps, verify: s.base + "/verify", log: s.log, pki: pki, keyring: s.keyring,
	}
	s.paper = &paper{office: s.office}
	s.archive = &archive{engine: s.engine, authority: s.authority, store: store{s.vault}, pki: pki, university: s.cfg.School, now: time.Now}
	if pki != nil {
		s.counter = newCounter(s.office)
	}
	signer, key, err := loadJournalKey(filepath.Join(s.cfg.Data, "keys"), journalName(s.base))
	if err != nil {
		return err
	}
	s.notary = &notary{engine: s.engine, journal: s.journal, vault: s.vault, signer: signer, key: key, log: s.log}
	s.keeper = &keeper{s.engine, s.evidence, s.listener, s.log}
	s.delivery = newDelivery(s.engine, s.systems, deliver.NewOutbox(s.engine, s.systems.Systems, deliver.Options{Logger: s.log}))
	s.keeping = &keeping{s.engine, s.vault, s.log, map[string]bool{}}
	s.books = &books{engine: s.engine, media: s.media, log: s.log, waiting: map[proctor.SeatID]time.Time{}}
	return nil
}

func (s *server) openWeb(context.Context) (err error) {
	publish := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.PublishAuth(r, seat)) }
	view := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.ViewAuth(r, seat)) }
	backfill := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.BackfillAuth(r, seat)) }
	play := recordings{s.engine, s.media, &sound{seen: map[string]bool{}}}
	cfg := web.Config{
		Engine: s.engine, Accounts: s.accounts, Office: s.office, Paper: s.paper, Checker: s.office, Inspector: inspector{}, Pictures: s.evidence, Enrolment: s.evidence,
		Self: s.keyring, Passkeys: s.keyring, Revocations: s.keyring.revocations, OnePerson: s.office.onePerson,
		Bundles: &exporter{s.engine, s.journal, store{s.vault}, s.notary, s.media, s.log}, Notary: s.notary,
		Archive: s.archive, Recordings: play, Backfills: play, Thumbnails: s.dispatch, Sessions: s.journal.SessionStore(),
		WHIP: s.media.WHIP(publish), WHEP: s.media.WHEP(view), Backfill: s.media.Backfill(backfill),
		Excuses: excuses{s.engine, store{s.vault}}, Outbox: s.delivery, AlarmAfter: s.systems.AlarmAfter,
		Secret: s.secret, BaseURL: s.base, Origins: s.origins, Secure: strings.HasPrefix(s.base, "https:"),
		ICEServers: s.iceServers, Ports: s.ports(), ConsentVersion: consentVersion, Ready: s.ready, Metrics: s.metrics(), Logger: s.log,
	}
	if s.counter != nil {
		cfg.NCALayer = s.counter
	}
	if s.cfg.Demo > 0 {
		cfg.MachineJoin = s.engine.MachineJoin
	}
	if s.web, err = web.New(cfg); err != nil {
		return err
	}
	s.later(func() error { s.web.Close(); return nil })
	s.http = s.web.HTTPServer()
	return nil
}

// mediaAuth speaks the media engine's language.
func mediaAuth(err error) error {
	if errors.Is(err, web.ErrUnauthorized) {
		return media.ErrUnauthorized
	}
	return err
}

func (s *server) openDemo(ctx context.Context) (err error) {
	if s.cfg.Demo > 0 {
		s.demo, err = s.seedDemo(ctx, s.cfg.Demo)
	}
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

// greeting tells a person what to open and whom to log in as.
func (s *server) greeting() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nQyragy %s is running.\n\n  Staff         %s/login\n", version, s.base)
	if len(s.demo.Seats) == 0 {
		return b.String() + "\n  Ctrl-C stops it cleanly.\n\n"
	}
	for _, u := range s.demo.Users {
		fmt.Fprintf(&b, "                %-11s password %s\n", u.Login, u.Password)
	}
	fmt.Fprintf(&b, "  An examinee   %s\n", s.demo.Seats[min(3, len(s.demo.Seats)-1)].ExamineeURL)
	fmt.Fprintf(&b, "\n  No webcam at hand? In another terminal:  bin/examinee --demo %s\n", s.cfg.Data)
	fmt.Fprintf(&b, "  It publishes three demo seats: an honest one, one that gets covered, one with two people.\n")
	fmt.Fprintf(&b, "\n  Data in %s; Ctrl-C stops it cleanly and keeps them.\n\n", s.cfg.Data)
	return b.String()
}
