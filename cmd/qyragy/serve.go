package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// serveCmd is what `qyragy serve` takes.
type serveCmd struct {
	Listen    string   `default:"localhost:8080" help:"Address of the web server." env:"QYRAGY_LISTEN"`
	Data      string   `default:"./data" help:"Directory of the journal, the recordings and the keys." env:"QYRAGY_DATA"`
	Demo      int      `help:"Seed a demo university with this many seats and write demo.json." placeholder:"N"`
	TLS       string   `name:"tls" default:"off" enum:"off,self" help:"'self' makes a certificate at start, for a LAN: cameras need a secure context."`
	TLSCert   string   `name:"tls-cert" help:"File of the site's certificate and its chain, PEM; read again when it changes." env:"QYRAGY_TLS_CERT"`
	TLSKey    string   `name:"tls-key" help:"File of its key." env:"QYRAGY_TLS_KEY"`
	ACME      []string `name:"acme" help:"Host names to get certificates for from Let's Encrypt; port 443 must reach this server." env:"QYRAGY_ACME"`
	UDP       string   `name:"udp" default:":8189" help:"UDP address of all media." env:"QYRAGY_UDP"`
	ICETCP    bool     `name:"ice-tcp" default:"true" negatable:"" help:"Take media over TCP too, at the same port and at the web server's."`
	TURN      bool     `name:"turn" default:"true" negatable:"" help:"Relay media for networks that block UDP, at the web server's port."`
	TURNUDP   string   `name:"turn-udp" help:"A further UDP address for the relay, e.g. :3478." env:"QYRAGY_TURN_UDP"`
	PublicIP  []net.IP `name:"public-ip" help:"Addresses that examinees reach this server at, if not its own." env:"QYRAGY_PUBLIC_IP"`
	BaseURL   string   `name:"base-url" help:"How browsers reach this server, e.g. https://proctor.example.kz." env:"QYRAGY_BASE_URL"`
	NATS      string   `name:"nats" help:"An outside NATS server for the detectors, instead of the one inside; credentials in the address." env:"QYRAGY_NATS_URL"`
	S3        string   `name:"s3" help:"An outside store with object lock instead of the one inside: https://host/bucket?region=NAME; keys in QYRAGY_S3_ACCESS_KEY and QYRAGY_S3_SECRET_KEY." env:"QYRAGY_S3"`
	School    string   `name:"university" help:"The university's name, as the archive lists print it." env:"QYRAGY_UNIVERSITY"`
	Deliver   string   `name:"deliver" help:"File of the systems of record that decisions go to; see docs/DELIVERY.md." env:"QYRAGY_DELIVER"`
	Models    string   `default:"./models/onnx" help:"Directory of the converted networks." env:"QYRAGY_MODELS"`
	Detector  string   `default:"" help:"Path of the detector; beside this program by default."`
	Detectors int      `default:"-1" help:"Local detector processes; one per core by default, 0 for none."`
	Stamps    tsaFlags `embed:""`
	Step      stepArgs `embed:""`
	Verbose   bool     `short:"v" help:"Log more."`

	National nationalFlags `embed:""`
}

// Run implements the command.
func (c *serveCmd) Run(ctx context.Context) error {
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	if err := c.complete(); err != nil {
		return err
	}
	s, err := open(ctx, *c, log)
	if err != nil {
		return err
	}
	fmt.Print(s.greeting())
	return s.run(ctx)
}

// complete turns paths absolute and fills in what depends on the machine.
func (c *serveCmd) complete() error {
	if c.Detectors < 0 {
		c.Detectors = runtime.NumCPU()
	}
	if c.Detector == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the detector: %w", err)
		}
		c.Detector = filepath.Join(filepath.Dir(self), "detector")
	}
	for _, p := range append(c.National.paths(), &c.Data, &c.Deliver, &c.Models, &c.Detector, &c.TLSCert, &c.TLSKey) {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fmt.Errorf("find %s: %w", *p, err)
		}
		*p = abs
	}
	if c.Detectors > 0 {
		if _, err := os.Stat(c.Detector); err != nil {
			return fmt.Errorf("the detector is missing (%w): run 'make build', or start with --detectors 0 to record without looking", err)
		}
	}
	return nil
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
