package faults_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"qyragy/proctor"
	"qyragy/proctor/journal"
)

// TestDiskFull (F03) fills the spool's file system and frees it again.
func TestDiskFull(t *testing.T) {
	slow(t)
	b := newBed(t, t.TempDir())
	b.demo = seats + 1 // the last one comes when there is no room
	spool := filepath.Join(b.data, "spool")
	if err := os.Mkdir(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	able(t, "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", spool)
	defer must(t, "umount", "-l", spool)
	server := b.serve(t)
	cameras := b.publish(t)
	b.recording(t)
	time.Sleep(4 * time.Second)
	hog := filepath.Join(spool, "hog")
	full := time.Now()
	fill(t, hog)
	time.Sleep(3 * time.Second)
	status, reason := b.knock(t, seats)
	time.Sleep(3 * time.Second)
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	b.recording(t)
	time.Sleep(4 * time.Second)
	again, _ := b.knock(t, seats)
	stop(t, cameras)
	stop(t, server)
	if status != http.StatusInsufficientStorage || again != http.StatusCreated {
		t.Errorf("a new seat got %d %q, and with room %d", status, reason, again)
	}
	var alarms, over, lengths, resumed, off []time.Duration
	for _, e := range events(t, b.data) {
		switch e.Fact.(type) {
		case *proctor.RecordingStopped:
			alarms = append(alarms, e.At.Sub(full))
		case *proctor.RecordingResumed:
			over = append(over, e.At.Sub(freed))
		}
	}
	all := records(t, b.data)[:seats]
	for _, r := range all {
		r.accounted(t)
		if len(r.gaps) != 1 || r.gaps[0].Cause != proctor.GapDisk {
			t.Errorf("%s: %+v", r.id, r.gaps)
			continue
		}
		g := r.gaps[0]
		lengths = append(lengths, g.To.Sub(g.From))
		resumed = append(resumed, g.To.Sub(freed))
		off = append(off, g.From.Sub(full).Abs())
		if g.From.Before(full.Add(-time.Second)) || g.To.After(freed.Add(2*time.Second)) {
			t.Errorf("%s: the disk was full from %v to %v, the gap is %v to %v", r.id, full, freed, g.From, g.To)
		}
	}
	n := verify(t, b.data, all)
	if len(lengths) == 0 || len(alarms) < seats || len(over) < seats {
		t.Fatalf("%d gaps, %d alarms, %d all-clears", len(lengths), len(alarms), len(over))
	}
	t.Logf("F03: disk full for %v: alarm after %s; a new seat was answered %d %q; gaps %s, beginning %s from the moment it was full; recording again after %s; all-clear after %s; %d segments, each verified, 0 called complete that are not",
		freed.Sub(full).Round(10*time.Millisecond), spread(alarms), status, reason, spread(lengths), spread(off), spread(resumed), spread(over), n)
	if alarms[len(alarms)-1] > 2*time.Second {
		t.Errorf("the alarm took %v", alarms[len(alarms)-1])
	}
}

// knock offers a camera to a seat of the demonstration and returns the answer.
func (b *bed) knock(t *testing.T, seat int) (int, string) {
	t.Helper()
	var media webrtc.MediaEngine
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(&media)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	defer pc.GracefulClose()
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := demoSeats(t, b.data)[seat]
	req, err := http.NewRequest(http.MethodPost, s.WHIPURL, strings.NewReader(offer.SDP))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/sdp")
	req.Header.Set("Authorization", "Bearer "+s.WHIPToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// events reads the journal of a server that is not running.
func events(t *testing.T, data string) (all []proctor.Event) {
	t.Helper()
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Replay(t.Context(), func(e proctor.Event) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	for i, e := range all {
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d has the number %d", i+1, e.Seq)
		}
	}
	return all
}

// fill writes until there is no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for buf := make([]byte, 4096); ; {
		if _, err := f.Write(buf); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(fmt.Errorf("fill: %w", err))
		}
	}
}
