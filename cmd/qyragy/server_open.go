package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"qyragy/deliver"
	"qyragy/detect"
	"qyragy/media"
	"qyragy/models"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/web"
)

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
	s.evidence = &evidence{engine: s.engine, media: s.media, dispatch: s.dispatch, faces: s.faces, store: store{s.vault}, log: s.log}
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
	s.keeper = &keeper{engine: s.engine, evidence: s.evidence, listener: s.listener, log: s.log}
	s.delivery = newDelivery(s.engine, s.systems, deliver.NewOutbox(s.engine, s.systems.Systems, deliver.Options{Logger: s.log}))
	s.keeping = &keeping{engine: s.engine, vault: s.vault, log: s.log, held: map[string]bool{}}
	s.books = &books{engine: s.engine, media: s.media, log: s.log, waiting: map[proctor.SeatID]time.Time{}}
	return nil
}

func (s *server) openWeb(context.Context) (err error) {
	publish := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.PublishAuth(r, seat)) }
	view := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.ViewAuth(r, seat)) }
	backfill := func(r *http.Request, seat proctor.SeatID) error { return mediaAuth(s.web.BackfillAuth(r, seat)) }
	play := recordings{engine: s.engine, media: s.media, sound: &sound{seen: map[string]bool{}}}
	cfg := web.Config{
		Engine: s.engine, Accounts: s.accounts, Office: s.office, Paper: s.paper, Checker: s.office, Inspector: inspector{}, Pictures: s.evidence, Enrolment: s.evidence,
		Self: s.keyring, Passkeys: s.keyring, Revocations: s.keyring.revocations, OnePerson: s.office.onePerson,
		Bundles: &exporter{origins: s.keyring.origins(), engine: s.engine, journal: s.journal, store: store{s.vault}, notary: s.notary, media: s.media, log: s.log}, Notary: s.notary,
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
