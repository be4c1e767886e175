package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// demoFile is demo.json: what a server started for a demonstration says of itself.
type demoFile struct {
	BaseURL string     `json:"base_url"`
	Seats   []demoSeat `json:"seats"`
	Users   []demoUser `json:"users"`
}

type demoSeat struct {
	ID          string `json:"id"`
	ExamineeURL string `json:"examinee_url"`
	WHIPURL     string `json:"whip_url"`
	WHIPToken   string `json:"whip_token"`
}

type demoUser struct {
	Role     string `json:"role"`
	Name     string `json:"name"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

// readDemo reads and checks a demo.json. WHIP URLs may be relative to base_url.
func readDemo(path string) (*demoFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read demonstration: %w", err)
	}
	d := new(demoFile)
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return d, nil
}

func (d *demoFile) check() error {
	base, err := url.Parse(d.BaseURL)
	if err != nil || base.Host == "" {
		return fmt.Errorf("base_url %q is no URL", d.BaseURL)
	}
	if len(d.Seats) == 0 {
		return errors.New("it has no seats")
	}
	for i := range d.Seats {
		s := &d.Seats[i]
		if s.WHIPURL == "" {
			return fmt.Errorf("seat %d (%s) has no whip_url", i+1, s.ID)
		}
		u, err := base.Parse(s.WHIPURL)
		if err != nil {
			return fmt.Errorf("seat %d (%s): bad whip_url: %w", i+1, s.ID, err)
		}
		s.WHIPURL = u.String()
	}
	return nil
}

func (d *demoFile) endpoints() []endpoint {
	all := make([]endpoint, len(d.Seats))
	for i, s := range d.Seats {
		all[i] = endpoint{url: s.WHIPURL, token: s.WHIPToken}
	}
	return all
}

// part is a seat's role in the demonstration.
type part struct{ clip, expect string }

func parts() []part {
	return []part{
		{"honest.ivf", "sits honestly: her tile stays calm"},
		{"covered.ivf", "covers her camera from 0:20 to 0:35 of every minute: a candidate within seconds of it"},
		{"two.ivf", "has company from 0:20 to 0:35 of every minute: \"second person\" comes up"},
	}
}

// demo plays the demonstration until ctx ends.
func (c *publishCmd) demo(ctx context.Context, t terminal) error {
	path := filepath.Join(c.Demo, "demo.json")
	sound, err := loadAudio(filepath.Join(c.Clips, "honest.ogg"))
	if err != nil {
		return fmt.Errorf("%w (make the clips with: examinee clips)", err)
	}
	d, err := awaitDemo(ctx, t, path)
	if err != nil {
		return err
	}
	cast := parts()[:min(len(d.Seats), len(parts()))]
	targets := d.endpoints()[:len(cast)]
	if err := allowed(targets, c.IOwnThisServer); err != nil {
		return err
	}
	st, err := newStack(local(targets), c.Insecure)
	if err != nil {
		return err
	}
	defer st.client.CloseIdleConnections()
	if err := awaitServer(ctx, t, st.client, d.BaseURL); err != nil {
		return err
	}

	fmt.Fprintf(t.out, "Dashboard: %s\n", d.BaseURL)
	for _, u := range d.Users {
		fmt.Fprintf(t.out, "  %-12s %-24s login %-12s password %s\n", u.Role, u.Name, u.Login, u.Password)
	}
	var pace pacer
	publishers := make([]*publisher, len(cast))
	for i, role := range cast {
		video, err := loadVideo(filepath.Join(c.Clips, role.clip))
		if err != nil {
			return err
		}
		name := fmt.Sprintf("seat %d (%s)", i+1, d.Seats[i].ID)
		fmt.Fprintf(t.out, "%s %s.\n", name, role.expect)
		publishers[i] = &publisher{
			stack: st, target: demoTarget(path, d.Seats[i].ID), feeds: pace.tracks(0, video, sound),
			tell: func(what string) { t.say("%s: %s", name, what) },
		}
	}
	fmt.Fprintln(t.out, "Ctrl-C ends the demonstration.")
	runAll(ctx, &pace, publishers, 0)
	return nil
}

// demoTarget finds a seat's endpoint anew before every attempt: a restarted
// server may have given it another token.
func demoTarget(path, seat string) func() (endpoint, error) {
	return func() (endpoint, error) {
		d, err := readDemo(path)
		if err != nil {
			return endpoint{}, err
		}
		for _, s := range d.Seats {
			if s.ID == seat {
				return endpoint{url: s.WHIPURL, token: s.WHIPToken}, nil
			}
		}
		return endpoint{}, fmt.Errorf("%s has no seat %s any more", path, seat)
	}
}

// awaitDemo waits for the server to write demo.json.
func awaitDemo(ctx context.Context, t terminal, path string) (*demoFile, error) {
	for said := false; ; said = true {
		d, err := readDemo(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return d, err
		}
		if !said {
			t.say("waiting for %s: start the server for a demonstration, it writes this file", path)
		}
		if !pause(ctx, 300*time.Millisecond) {
			return nil, fmt.Errorf("gave up waiting for %s", path)
		}
	}
}

// awaitServer waits until the server answers anything at all.
func awaitServer(ctx context.Context, t terminal, client *http.Client, base string) error {
	for said := false; ; said = true {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base, nil)
		if err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
		resp, err := client.Do(req)
		if err == nil {
			return resp.Body.Close()
		}
		if !said {
			t.say("waiting for the server at %s (%v)", base, err)
		}
		if !pause(ctx, 300*time.Millisecond) {
			return fmt.Errorf("gave up waiting for the server at %s", base)
		}
	}
}

// pause waits, or says false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// tracks makes a feed for every clip and has them played from frame start on.
func (p *pacer) tracks(start int, clips ...*clip) []*feed {
	feeds := make([]*feed, len(clips))
	for i, c := range clips {
		feeds[i] = newFeed(c.kind)
		p.add(feeds[i], c, start, time.Now())
	}
	return feeds
}

// runAll runs the pacer and the publishers, started over the ramp, until ctx
// ends and all are done.
func runAll(ctx context.Context, pace *pacer, publishers []*publisher, ramp time.Duration) {
	var all sync.WaitGroup
	all.Go(func() { pace.run(ctx) })
	for i, p := range publishers {
		all.Go(func() {
			if pause(ctx, ramp*time.Duration(i)/time.Duration(len(publishers))) {
				p.run(ctx)
			}
		})
	}
	all.Wait()
}
