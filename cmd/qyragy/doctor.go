package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"qyragy/models"
	"qyragy/proctor/journal"
	"qyragy/proctor/ledger"
)

// doctorCmd checks an installation that is not running.
type doctorCmd struct {
	Data     string   `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
	Models   string   `default:"./models/onnx" help:"Directory of the converted networks." env:"QYRAGY_MODELS"`
	Listen   string   `default:"localhost:8080" help:"Address of the web server." env:"QYRAGY_LISTEN"`
	BaseURL  string   `name:"base-url" help:"How browsers reach the server." env:"QYRAGY_BASE_URL"`
	PublicIP []net.IP `name:"public-ip" help:"Addresses that examinees reach the server at." env:"QYRAGY_PUBLIC_IP"`
	TLSCert  string   `name:"tls-cert" help:"File of the site's certificate, if there is one." env:"QYRAGY_TLS_CERT"`
	TLSKey   string   `name:"tls-key" help:"File of its key." env:"QYRAGY_TLS_KEY"`
	UDP      string   `name:"udp" default:":8189" help:"UDP address of all media." env:"QYRAGY_UDP"`
	TURNUDP  string   `name:"turn-udp" help:"The relay's UDP address, if it has one." env:"QYRAGY_TURN_UDP"`
	NATS     string   `name:"nats" help:"The outside NATS server, if there is one." env:"QYRAGY_NATS_URL"`
	S3       string   `name:"s3" help:"The outside store, if there is one." env:"QYRAGY_S3"`

	National nationalFlags `embed:""`
}

// warning is a finding that a person should look at, but that may be right.
type warning string

func (w warning) Error() string { return string(w) }

// check is one thing the doctor looks at. It answers what it found, or why
// that is not good.
type check struct {
	name string
	run  func(ctx context.Context) (string, error)
}

// Run implements the command. It goes through every check and fails if one did.
func (c *doctorCmd) Run(ctx context.Context) error {
	for _, p := range append(c.National.paths(), &c.Data, &c.Models, &c.TLSCert, &c.TLSKey) {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fmt.Errorf("find %s: %w", *p, err)
		}
		*p = abs
	}
	if _, err := os.Stat(c.Data); err != nil {
		return fmt.Errorf("there is no data directory %s: start the server once, or name its --data", c.Data)
	}
	bad := 0
	for _, ch := range []check{
		{"journal", c.checkJournal}, {"object store", c.checkStore}, {"checkpoints", c.checkCheckpoints}, {"networks", c.checkModels},
		{"disk", c.checkDisk}, {"clock", c.checkClock}, {"UDP", c.checkUDP},
		{"TCP", c.checkTCP}, {"address", c.checkAddress}, {"certificate", c.checkCertificate}, {"bus", c.checkBus}, {"files", c.checkFiles},
		{"national PKI", c.checkNational},
	} {
		found, err := ch.run(ctx)
		mark := "ok"
		switch {
		case errors.As(err, new(warning)):
			mark, found = "LOOK", err.Error()
		case err != nil:
			mark, found = "NOT OK", err.Error()
			bad++
		}
		fmt.Printf("%-13s %-7s %s\n", ch.name, mark, found)
	}
	if bad > 0 {
		return fmt.Errorf("%d of the checks above did not pass", bad)
	}
	return nil
}

func (c *doctorCmd) checkJournal(ctx context.Context) (string, error) {
	path := filepath.Join(c.Data, "journal.db")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no journal in %s: start the server once, or name its --data", c.Data)
	}
	j, err := journal.Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer j.Close()
	report, err := j.Verify(ctx)
	if err != nil {
		return "", err
	}
	if report.Bad != nil {
		return "", fmt.Errorf("the chain breaks at event %d: %s", report.Bad.Seq, report.Bad.What)
	}
	return fmt.Sprintf("%d events, the chain holds; head %v", report.Events, report.Head), nil
}

func (c *doctorCmd) checkStore(ctx context.Context) (string, error) {
	v, done, err := openStore(ctx, c.S3, c.Data)
	defer done()
	if err != nil {
		return "", fmt.Errorf("%w; stop the server before its doctor looks at the store inside", err)
	}
	if err := v.CheckLock(ctx); err != nil {
		return "", err
	}
	return "a locked object could not be deleted, as it should be", nil
}

// checkCheckpoints holds the journal to what it has signed before.
func (c *doctorCmd) checkCheckpoints(ctx context.Context) (string, error) {
	public, err := os.ReadFile(filepath.Join(c.Data, "keys", "journal.pub"))
	if errors.Is(err, os.ErrNotExist) {
		return "", warning("none were ever signed: start the server once")
	}
	if err != nil {
		return "", err
	}
	key, err := ledger.ParseKey(strings.TrimSpace(string(public)))
	if err != nil {
		return "", err
	}
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return "", err
	}
	defer j.Close()
	v, done, err := openStore(ctx, c.S3, c.Data)
	defer done()
	if err != nil {
		return "", err
	}
	newest, err := compareCheckpoints(ctx, j, v, key)
	if err != nil {
		return "", fmt.Errorf("the journal is not what it has signed: %w", err)
	}
	if newest.Size == 0 {
		return "", warning("none are in the store: nothing would show a journal that was cut off")
	}
	return fmt.Sprintf("the journal begins as %s signed it at %s: %s", newest.Origin, newest.At.Format(time.RFC3339), newest.Tree), nil
}

func (c *doctorCmd) checkModels(context.Context) (string, error) {
	if err := models.Check(c.Models); err != nil {
		return "", err
	}
	return "every file has the manifest's hash", nil
}

// hourOfSeat is what one seat records in an hour at 532 kbit/s.
const hourOfSeat = 240 << 20

func (c *doctorCmd) checkDisk(context.Context) (string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(c.Data, &st); err != nil {
		return "", fmt.Errorf("ask for free space: %w", err)
	}
	free := int64(st.Bavail) * st.Bsize
	hours := free / hourOfSeat
	said := fmt.Sprintf("%d GiB free: about %d seat-hours of recording", free>>30, hours)
	if hours < 100 {
		return "", errors.New(said + "; make room before an exam")
	}
	return said, nil
}

// checkClock asks the kernel whether the clock is disciplined: times in acts
// are only as good as that.
func (c *doctorCmd) checkClock(context.Context) (string, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return "", fmt.Errorf("ask for the clock's state: %w", err)
	}
	const unsynchronised = 5 // TIME_ERROR, adjtimex(2)
	if state == unsynchronised {
		return "", warning(fmt.Sprintf("it is %s, but the kernel does not know it to be synchronised: run an NTP client", time.Now().Format(time.RFC3339)))
	}
	return "synchronised; " + time.Now().Format(time.RFC3339), nil
}

// checkUDP sends itself a datagram on the media port.
func (c *doctorCmd) checkUDP(context.Context) (string, error) {
	conn, err := net.ListenPacket("udp", c.UDP)
	if err != nil {
		return "", fmt.Errorf("%w; another program has the media port", err)
	}
	defer conn.Close()
	to := conn.LocalAddr().(*net.UDPAddr)
	if to.IP.IsUnspecified() {
		to.IP = net.IPv4(127, 0, 0, 1)
	}
	if _, err := conn.WriteTo([]byte("qyragy"), to); err != nil {
		return "", fmt.Errorf("send to %s: %w", to, err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, _, err := conn.ReadFrom(make([]byte, 16)); err != nil {
		return "", fmt.Errorf("nothing arrives on %s: a firewall?", to)
	}
	return fmt.Sprintf("%s is free and receives; whether it is open to the internet must be tried from outside", c.UDP), nil
}

// migrateCmd brings the journal's database up to date.
type migrateCmd struct {
	Data string `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
}

// Run implements the command.
func (c *migrateCmd) Run(ctx context.Context) error {
	j, err := openJournalIn(ctx, c.Data)
	if err != nil {
		return err
	}
	fmt.Println("The journal is at this version's schema.")
	return j.Close()
}
