package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"qyragy/proctor"
)

// film5 is five seconds as a browser's recorder would write them.
func film5(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "piece.webm")
	run(t, nil, "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=5",
		"-c:v", "libvpx", "-deadline", "realtime", "-live", "1", "-f", "webm", path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// bearer makes a request with a seat's token.
func bearer(t *testing.T, method, url, token, kind string, body []byte) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Upload-Offset", "0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// TestBooksAreClosed runs a whole server with one seat that never publishes,
// sends a backfill, and finishes: its time is accounted for by itself, and the
// server starts again with it.
func TestBooksAreClosed(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	file := film5(t)
	s := startQuiet(t, 2)
	seat := s.demo.Seats[0]
	admit(t, s, seat.ID)
	admitted := time.Now()
	time.Sleep(7 * time.Second)
	var w struct {
		Now    time.Time      `json:"now"`
		Wanted []proctor.Span `json:"wanted"`
	}
	resp := bearer(t, http.MethodGet, s.base+"/backfill/"+string(seat.ID), seat.WHIPToken, "", nil)
	if err := json.NewDecoder(resp.Body).Decode(&w); err != nil || len(w.Wanted) != 1 || w.Wanted[0].Length() < 6*time.Second {
		t.Fatalf("wanted %+v: %v, admitted at %v", w, err, admitted)
	}
	sum := sha256.Sum256(file)
	claim, err := json.Marshal(map[string]any{"from": w.Wanted[0].From.Add(time.Second), "to": w.Wanted[0].From.Add(6 * time.Second),
		"size": len(file), "sha256": hex.EncodeToString(sum[:]), "type": "video/webm;codecs=vp8"})
	if err != nil {
		t.Fatal(err)
	}
	resp = bearer(t, http.MethodPost, s.base+"/backfill/"+string(seat.ID), seat.WHIPToken, "application/json", claim)
	if resp.StatusCode != http.StatusCreated {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("POST: %d %s", resp.StatusCode, body)
	}
	resp = bearer(t, http.MethodPatch, s.base+resp.Header.Get("Location"), seat.WHIPToken, "application/offset+octet-stream", file)
	if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Upload-Offset") != fmt.Sprint(len(file)) {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("PATCH: %d %s", resp.StatusCode, body)
	}
	if err := s.engine.Finish(t.Context(), proctor.SeatActor(seat.ID), seat.ID); err != nil {
		t.Fatal(err)
	}
	var a *proctor.SeatAccounted
	await(t, "the account", 30*time.Second, func() bool {
		err := s.engine.ViewSeat(seat.ID, func(_ *proctor.State, at *proctor.Seat) { a = at.Accounted })
		return err == nil && a != nil
	})
	if !a.Whole || a.BackfilledMS != 5000 || a.GapsMS[proctor.GapNetwork] < 1900 || s.books.bad.Load() != 0 {
		t.Errorf("account %+v", a)
	}
	await(t, "the backfill in the store", 30*time.Second, func() bool {
		stored := false
		err := s.engine.ViewSeat(seat.ID, func(_ *proctor.State, at *proctor.Seat) { stored = at.Backfills[0].Receipt != nil })
		return err == nil && stored
	})
	body, _, err := recordings{s.engine, s.media, &sound{seen: map[string]bool{}}}.Backfill(t.Context(), seat.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, file) {
		t.Errorf("what plays is not what was sent: %v", err)
	}
}

// TestBooksOfRealCameras kills two cameras in the middle, without a word of
// goodbye. One comes back and is there at the end, one does not, a third never
// came, a fourth was never admitted: each one's time adds up.
func TestBooksOfRealCameras(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	clip := filepath.Join(root, "models", "clips", "honest.ivf")
	if _, err := os.Stat(clip); err != nil {
		t.Skipf("%v (make clips)", err)
	}
	s := startQuiet(t, 4)
	camera := func(n int) *exec.Cmd {
		cmd := exec.Command(filepath.Join(root, "bin", "examinee"), "publish", "--seats", fmt.Sprint(n), "--ramp", "0s",
			"--target", filepath.Join(s.cfg.Data, "demo.json"), "--clip", clip)
		cmd.Dir = root
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	recorded := func(n int) {
		await(t, "the cameras", 30*time.Second, func() bool { return s.media.Stats().Seats == n })
		time.Sleep(4 * time.Second)
	}
	admit(t, s, s.demo.Seats[2].ID)
	both := camera(2)
	recorded(2)
	if err := both.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	camera(1)
	recorded(1)
	for i, seat := range s.demo.Seats {
		if err := s.engine.Finish(t.Context(), proctor.SeatActor(seat.ID), seat.ID); err != nil && i < 3 {
			t.Fatal(err)
		}
	}
	for i, seat := range s.demo.Seats[:3] {
		var a *proctor.SeatAccounted
		await(t, "the account", 40*time.Second, func() bool {
			err := s.engine.ViewSeat(seat.ID, func(_ *proctor.State, at *proctor.Seat) { a = at.Accounted })
			return err == nil && a != nil
		})
		t.Logf("seat %d: %+v", i, *a)
		gap := a.GapsMS[proctor.GapNetwork]
		if !a.Whole || a.DoubleMS != 0 || (a.RecordedMS > 3000) != (i < 2) || (gap < 3000) {
			t.Errorf("seat %d: %+v", i, *a)
		}
	}
}

// TestBooksWaitForTheRecorder: an account is not closed before the recorder
// has spoken, however old its exam, but not left open for ever either.
func TestBooksWaitForTheRecorder(t *testing.T) {
	cfg := serveCmd{Listen: "localhost:0", UDP: "127.0.0.1:0", Data: t.TempDir(), Demo: 2, TLS: "off"}
	if err := cfg.complete(); err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), cfg, slog.New(slog.NewTextHandler(t.Output(), nil))) // and not run: the recorder never speaks
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	seat := s.demo.Seats[0].ID
	admit(t, s, seat)
	if err := s.engine.Finish(t.Context(), proctor.SeatActor(seat), seat); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Hour)
	for _, c := range []struct {
		after  time.Duration
		closed bool
	}{{0, false}, {time.Minute, false}, {booksWait, true}} {
		if err := s.books.sweep(t.Context(), now.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		err := s.engine.ViewSeat(seat, func(_ *proctor.State, at *proctor.Seat) {
			if (at.Accounted != nil) != c.closed {
				t.Errorf("after %s: %+v", c.after, at.Accounted)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
