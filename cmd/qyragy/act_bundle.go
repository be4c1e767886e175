package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// bundleCmd writes an act's evidence bundle on the server's machine.
type bundleCmd struct {
	Act   string `arg:"" help:"The act's identifier or number (A-2026-00001)."`
	Out   string `required:"" placeholder:"FILE" help:"The ZIP to write."`
	Whole bool   `help:"With the whole recording of the act's seats."`
	Data  string `default:"./data" help:"The server's data directory." env:"QYRAGY_DATA"`
	S3    string `name:"s3" help:"The outside store, if there is one." env:"QYRAGY_S3"`
}

// Run implements the command. The server must not be running: it alone writes
// the journal.
func (c *bundleCmd) Run(ctx context.Context) (err error) {
	for _, p := range []*string{&c.Data, &c.Out} { // the store inside changes the working directory
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	release, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	j, err := journal.Open(ctx, filepath.Join(c.Data, "journal.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	engine, err := proctor.Open(ctx, j, proctor.Options{})
	if err != nil {
		return err
	}
	defer engine.Close()
	v, done, err := openStore(ctx, c.S3, c.Data)
	defer func() { err = errors.Join(err, done()) }()
	if err != nil {
		return err
	}
	signer, key, err := loadJournalKey(filepath.Join(c.Data, "keys"), journalName(""))
	if err != nil {
		return err
	}
	log := slog.Default()
	x := &exporter{engine: engine, journal: j, store: store{v}, log: log,
		notary: &notary{engine: engine, journal: j, vault: v, signer: signer, key: key, log: log}}
	return c.write(ctx, x, os.Stdout)
}

// write makes the file whole or not at all.
func (c *bundleCmd) write(ctx context.Context, x *exporter, say io.Writer) error {
	id, err := c.find(x.engine)
	if err != nil {
		return err
	}
	e, err := x.prepare(ctx, console(), id, c.Whole)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.Out+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	err = e.Write(ctx, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out+".part"))
	}
	if err := os.Rename(c.Out+".part", c.Out); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	_, err = fmt.Fprintf(say, "%s: %d bytes, %d files, %d records\njournal's key: %s\ntry: %s %s --key %s\n",
		c.Out, e.size, len(e.bundle.Manifest.Files), len(e.bundle.Records), x.notary.key, verifier(), quoted(c.Out), quoted(x.notary.key))
	return err
}

func (c *bundleCmd) find(e *proctor.Engine) (found proctor.ActID, err error) {
	for _, exam := range e.Exams() {
		err := e.View(exam, func(s *proctor.State) {
			for id, a := range s.Acts {
				if string(id) == c.Act || a.Number == c.Act {
					found = id
				}
			}
		})
		if err != nil {
			return "", err
		}
	}
	if found == "" {
		return "", fmt.Errorf("there is no act %s", c.Act)
	}
	return found, nil
}

// console is who works on the server's machine. No login has a colon.
func console() proctor.Actor {
	if u, err := user.Current(); err == nil {
		return proctor.Actor("console:" + u.Username)
	}
	return "console:"
}
