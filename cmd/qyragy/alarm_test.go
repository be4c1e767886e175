package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"qyragy/proctor"
)

// TestAlarmOfAFullHouse prints how soon covered cameras are candidates and on
// a proctor's screen while a hundred seats sit the exam. It asserts that every
// one is; the times are for docs/PERFORMANCE.md.
func TestAlarmOfAFullHouse(t *testing.T) {
	if os.Getenv("QYRAGY_BENCH") == "" {
		t.Skip("QYRAGY_BENCH=1 measures a hundred seats for a minute")
	}
	const seats = 100
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := startServerWith(t, seats, func(c *serveCmd) { c.Detectors = 2 })
	for _, d := range s.demo.Seats {
		if err := s.engine.MachineJoin(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	w := watchWall(t, s)
	began := time.Now() // less what the publishers' start takes, some 50 ms
	publish(t, root, "--clip", "models/clips/covered.ivf", "--target", filepath.Join(s.cfg.Data, "demo.json"),
		"--seats", fmt.Sprint(seats), "--ramp", "10s", "--duration", "80s")
	await(t, "every covered camera", 100*time.Second, func() bool { return w.count() >= seats })
	begins := coverings(t, filepath.Join(root, "models", "clips", "covered.ivf"), seats)
	var candidate, screen []time.Duration
	for n, d := range s.demo.Seats {
		a, covered := w.seen()[d.ID], began.Add(begins[n])
		if covered.Sub(began) < 20*time.Second { // it was covered before it was calibrated, or nearly
			continue
		}
		candidate = append(candidate, a.told.Sub(covered))
		screen = append(screen, a.came.Sub(a.told))
	}
	t.Logf("%d seats, %d covered in the middle of their exam: covered to candidate p50 %v, p95 %v, most %v; candidate to screen p50 %v, p95 %v, most %v", seats, len(candidate),
		quantile(candidate, 0.5), quantile(candidate, 0.95), quantile(candidate, 1), quantile(screen, 0.5), quantile(screen, 0.95), quantile(screen, 1))
	t.Logf("detectors: %+v", s.dispatch.Stats())
}

// coverings says when each seat's film turns black, from the publishers' start:
// it lasts 60 s and is black from 20 s to 35 s, and seat i begins at the key
// frame nearest to frame 37 i.
func coverings(t *testing.T, path string, seats int) []time.Duration {
	t.Helper()
	film, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var keys []bool
	for p := film[32:]; len(p) > 12; {
		size := int(binary.LittleEndian.Uint32(p))
		keys, p = append(keys, p[12]&1 == 0), p[12+size:]
	}
	n, out := len(keys), make([]time.Duration, seats)
	for i := range out {
		start := i * 37 % n
		for d := range n {
			if j := (start + d) % n; keys[j] {
				start = j
				break
			}
			if j := (start - d + n) % n; keys[j] {
				start = j
				break
			}
		}
		out[i] = time.Duration((n/3+n-start)%n) * time.Minute / time.Duration(n)
	}
	return out
}

// wall is a proctor's page that only listens.
type wall struct {
	mu   sync.Mutex
	open map[proctor.SeatID]alarm
}

type alarm struct{ told, came time.Time } // by the journal, at the page

func watchWall(t *testing.T, s *server) *wall {
	t.Helper()
	c := newCaller(t, s, "proctor")
	dialer := websocket.Dialer{Jar: c.http.Jar}
	conn, resp, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.base, "http")+"/api/v1/ws", map[string][]string{"Origin": {s.base}})
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, resp)
	}
	resp.Body.Close()
	t.Cleanup(func() { conn.Close() })
	exam := s.engine.Exams()[0]
	var first []proctor.SeatID
	for _, d := range s.demo.Seats[:20] {
		first = append(first, d.ID)
	}
	if err := conn.WriteJSON(map[string]any{"type": "watch", "exam": exam, "thumbnails": first}); err != nil {
		t.Fatal(err)
	}
	w := &wall{open: map[proctor.SeatID]alarm{}}
	go w.read(conn) // ends with the connection
	return w
}

func (w *wall) read(conn *websocket.Conn) {
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var m struct {
			Type  string
			Event struct {
				Type string
				At   time.Time
				Data struct{ Incident proctor.Incident }
			}
		}
		if json.Unmarshal(data, &m) != nil || m.Type != "event" || m.Event.Type != "incident.opened" || m.Event.Data.Incident.Cause != proctor.CauseCovered {
			continue
		}
		w.mu.Lock()
		if seat := m.Event.Data.Incident.Seat; w.open[seat].came.IsZero() {
			w.open[seat] = alarm{m.Event.At, time.Now()}
		}
		w.mu.Unlock()
	}
}

func (w *wall) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open)
}

func (w *wall) seen() map[proctor.SeatID]alarm {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))].Round(time.Millisecond)
}
