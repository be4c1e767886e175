package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qyragy/proctor"
	ledger "qyragy/proctor/journal"
)

// hall is an exam with one admitted seat, its engine, journal, vault and
// media server, all real; only the clock is the test's.
type hall struct {
	t       *testing.T
	engine  *proctor.Engine
	vault   Vault
	seat    proctor.SeatID
	dir     string
	ahead   atomic.Int64 // of the real clock, ns
	start   time.Time    // of the exam, and when she was admitted
	server  *Server
	url     string
	halt    func()
	reserve int64
}

func newHall(t *testing.T) *hall {
	t.Helper()
	ctx := context.Background()
	h := &hall{t: t, dir: t.TempDir(), vault: openVault(t), reserve: -1}
	j, err := ledger.Open(ctx, filepath.Join(t.TempDir(), "journal.db"))
	h.ok(err)
	t.Cleanup(func() { h.ok(j.Close()) })
	h.engine, err = proctor.Open(ctx, j, proctor.Options{Now: h.now})
	h.ok(err)
	t.Cleanup(h.engine.Close)
	h.start = h.now()
	x, err := h.engine.ScheduleExam(ctx, "admin", proctor.Exam{
		Title: "Тарих", Discipline: "Тарих", Kind: proctor.Midterm, Form: proctor.Oral, Opens: h.start, Closes: h.start.Add(time.Hour)})
	h.ok(err)
	h.seat, _, err = h.engine.AssignSeat(ctx, "admin", x.ID,
		proctor.Examinee{StudentID: "1", Name: "Дана", Specialty: "IT", Group: "1"}, proctor.Accommodation{})
	h.ok(err)
	h.ok(h.engine.Consent(ctx, h.seat, "1", "kk"))
	h.ok(h.engine.Compare(ctx, h.seat, proctor.Comparison{Verdict: "same", Distance: 0.1, At: h.now()}))
	h.ok(h.engine.DecideIdentity(ctx, "proctor", h.seat, true, "", time.Time{}))
	h.run()
	t.Cleanup(func() { h.halt() })
	return h
}

func (h *hall) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) now() time.Time {
	return time.Now().UTC().Add(time.Duration(h.ahead.Load())).Truncate(time.Millisecond)
}

// at is a moment of the exam.
func (h *hall) at(seconds float64) time.Time {
	return h.start.Add(time.Duration(seconds * float64(time.Second)))
}

// reach moves the clock.
func (h *hall) reach(seconds float64) {
	h.ahead.Add(int64(h.at(seconds).Sub(h.now())))
}

// run starts the media server; halt ends it.
func (h *hall) run() {
	h.t.Helper()
	s, err := New(Config{Spool: h.dir, UDP: "127.0.0.1:0", Loopback: true, Vault: h.vault, Log: h.engine, Last: h.engine.LastSegment,
		Backfills: h.engine, Reserve: h.reserve, Now: h.now, Logger: slog.New(slog.NewTextHandler(h.t.Output(), nil))})
	h.ok(err)
	mux := http.NewServeMux()
	mux.Handle("/backfill/", s.Backfill(anybody))
	web := httptest.NewServer(mux)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	until(h.t, "server is ready", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.ready })
	var once sync.Once
	h.server, h.url = s, web.URL+"/backfill/"+string(h.seat)
	h.halt = func() {
		once.Do(func() {
			web.Close()
			h.ok(s.Close())
			h.ok(<-ended)
		})
	}
}

// outage journals two minutes of recording with a hole from 30 to 90 s.
func (h *hall) outage() {
	h.t.Helper()
	ctx := context.Background()
	h.reach(120)
	for i, at := range []float64{0, 90} {
		h.ok(h.engine.SegmentSealed(ctx, proctor.Segment{Seat: h.seat, Number: i, Start: h.at(at), End: h.at(at + 30), SHA256: fmt.Sprint(i)}))
	}
	h.ok(h.engine.RecordingGap(ctx, proctor.Gap{Seat: h.seat, From: h.at(30), To: h.at(90), Cause: proctor.GapNetwork}))
}

// answered is a server's answer.
type answered struct {
	status int
	header http.Header
	body   string
}

func (a answered) offset() int64 {
	n, err := strconv.ParseInt(a.header.Get("Upload-Offset"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (h *hall) do(method, url, kind string, body io.Reader, offset int64) answered {
	h.t.Helper()
	req, err := http.NewRequest(method, url, body)
	h.ok(err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if offset >= 0 {
		req.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	}
	resp, err := http.DefaultClient.Do(req)
	h.ok(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	h.ok(err)
	http.DefaultClient.CloseIdleConnections()
	return answered{resp.StatusCode, resp.Header, string(data)}
}

func claimOf(file []byte, from, to time.Time) claim {
	sum := sha256.Sum256(file)
	return claim{From: from, To: to, Size: int64(len(file)), SHA256: hex.EncodeToString(sum[:]), Type: "video/webm;codecs=vp8,opus", ClockOffsetMS: -1500}
}

func (h *hall) claim(c claim) answered {
	h.t.Helper()
	body, err := json.Marshal(c)
	h.ok(err)
	return h.do(http.MethodPost, h.url, "application/json", bytes.NewReader(body), -1)
}

func (h *hall) patch(location string, data []byte, offset int64) answered {
	h.t.Helper()
	return h.do(http.MethodPatch, h.url[:strings.Index(h.url, "/backfill")]+location, typeBytes, bytes.NewReader(data), offset)
}

func (h *hall) wanted() wantedView {
	h.t.Helper()
	a := h.do(http.MethodGet, h.url, "", nil, -1)
	var v wantedView
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.status != 200 {
		h.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return v
}

func (h *hall) backfills() (out []proctor.StoredBackfill) {
	h.ok(h.engine.ViewSeat(h.seat, func(_ *proctor.State, t *proctor.Seat) { out = append(out, t.Backfills...) }))
	return out
}

func (h *hall) account() (a proctor.Account) {
	h.ok(h.engine.ViewSeat(h.seat, func(s *proctor.State, _ *proctor.Seat) { a = s.Account(h.seat, h.now()) }))
	return a
}

// footageFile makes a WebM file as a live recorder writes it.
func footageFile(t *testing.T, seconds string, more ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "piece.webm")
	args := []string{"-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=" + seconds, "-f", "lavfi", "-i", "sine=duration=" + seconds}
	args = append(args, more...)
	if len(more) == 0 {
		args = append(args, "-c:v", "libvpx", "-c:a", "libopus")
	}
	ffmpeg(t, append(args, "-deadline", "realtime", "-cpu-used", "8", "-b:v", "60k", "-g", "20", "-live", "1", "-f", "webm", path)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func leftovers(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(filepath.Join(dir, backfillDir)), ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}
