package faults_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qyragy/media"
	"qyragy/media/vault"
	"qyragy/proctor"
)

// log is a journal in memory.
type log struct {
	mu       sync.Mutex
	segments map[proctor.SeatID]int
	last     map[proctor.SeatID]string
	stored   map[string]proctor.Receipt
	gaps     []proctor.Gap
}

func newLog() *log {
	return &log{segments: map[proctor.SeatID]int{}, last: map[proctor.SeatID]string{}, stored: map[string]proctor.Receipt{}}
}

func (l *log) SegmentSealed(_ context.Context, g proctor.Segment) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments[g.Seat]++
	l.last[g.Seat] = g.SHA256
	return nil
}

func (l *log) SegmentStored(_ context.Context, _ proctor.SeatID, _ int, r proctor.Receipt) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, twice := l.stored[r.Key]; twice {
		return errors.New("stored twice: " + r.Key)
	}
	l.stored[r.Key] = r
	return nil
}

func (l *log) RecordingGap(_ context.Context, g proctor.Gap) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaps = append(l.gaps, g)
	return nil
}

func (l *log) Last(seat proctor.SeatID) (int, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[seat] - 1, l.last[seat]
}

func (l *log) count() (sealed, stored, gaps int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.segments {
		sealed += n
	}
	return sealed, len(l.stored), len(l.gaps)
}

// trouble is a switch between the uploader and the store.
type trouble struct {
	down      atomic.Bool  // connections are cut and refused
	latency   atomic.Int64 // ns before each piece that comes back
	bandwidth atomic.Int64 // bytes a second, 0 for no limit
	limit     atomic.Int64 // bytes until a connection is reset, 0 for no limit
	lie       atomic.Value // string: "", "corrupt", "pretend", "403", "507"
	puts      atomic.Int64 // requests that came while there was a lie

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// proxy listens on loopback and passes connections on, troubled.
func (x *trouble) proxy(t *testing.T, dial func(ctx context.Context, network, addr string) (net.Conn, error)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := dial(t.Context(), "tcp", l.Addr().String())
			if err != nil || x.down.Load() || !x.keep(in, out) {
				reset(in)
				if out != nil {
					out.Close()
				}
				continue
			}
			all.Go(func() { x.pipe(out, in, false) })
			all.Go(func() { x.pipe(in, out, true) })
		}
	})
	t.Cleanup(func() { l.Close(); x.cut(); all.Wait() })
	return l.Addr().String()
}

func (x *trouble) keep(conns ...net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conns == nil {
		x.conns = map[net.Conn]struct{}{}
	}
	for _, c := range conns {
		x.conns[c] = struct{}{}
	}
	return true
}

// cut resets every connection there is.
func (x *trouble) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.conns {
		reset(c)
	}
	x.conns = nil
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

func (x *trouble) pipe(to, from net.Conn, back bool) {
	defer reset(to)
	defer reset(from)
	buf := make([]byte, 16<<10)
	passed := int64(0)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if d := x.latency.Load(); back && d > 0 {
				time.Sleep(time.Duration(d))
			}
			if b := x.bandwidth.Load(); !back && b > 0 {
				time.Sleep(time.Duration(int64(n) * int64(time.Second) / b))
			}
			passed += int64(n)
			if l := x.limit.Load(); !back && l > 0 && passed > l {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// liar is a reverse proxy in front of the store that does not tell the truth.
func (x *trouble) liar(t *testing.T, transport http.RoundTripper) string {
	t.Helper()
	target, _ := url.Parse("http://localhost")
	proxy := &httputil.ReverseProxy{Transport: transport, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lie, _ := x.lie.Load().(string)
		if lie != "" && r.Method == http.MethodPut {
			x.puts.Add(1)
		}
		switch {
		case lie == "403" || lie == "507":
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(map[string]int{"403": 403, "507": 507}[lie])
		case lie == "corrupt" && r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			if i := bytes.Index(body, []byte("\x1f\x43\xb6\x75")); i > 0 { // inside the first cluster
				body[i+100] ^= 1
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			proxy.ServeHTTP(w, r)
		case lie == "pretend" && r.Method == http.MethodPut:
			io.Copy(io.Discard, r.Body) // stores nothing
			w.Header().Set("ETag", `"d41d8cd98f00b204e9800998ecf8427e"`)
			w.Header().Set("X-Amz-Version-Id", "01J0000000000000000000000")
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL[len("http://"):]
}

// stage is a media server in this process, cameras in another, and a store
// behind trouble.
type stage struct {
	*media.Server
	*trouble
	log   *log
	spool string
}

// newStage starts it all. Segments are cut every two seconds.
func newStage(t *testing.T, lying bool) *stage {
	t.Helper()
	dir := t.TempDir()
	clip, examinee := clips(t), program(t, "examinee") // before the store changes the working directory
	e, err := vault.OpenEmbedded(filepath.Join(dir, "s3"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c := e.Config("recordings")
	inner := c.Transport.(*http.Transport)
	x := &trouble{}
	if lying {
		c.Endpoint = x.liar(t, inner)
	} else {
		c.Endpoint = x.proxy(t, inner.DialContext)
	}
	outer := &http.Transport{MaxIdleConnsPerHost: 4}
	c.Transport = outer
	t.Cleanup(outer.CloseIdleConnections)
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{trouble: x, log: newLog(), spool: filepath.Join(dir, "spool")}
	s.Server, err = media.New(media.Config{Spool: s.spool, UDP: "127.0.0.1:0", Loopback: true, Vault: v, Log: s.log, Last: s.log.Last})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.WHIP(func(*http.Request, proctor.SeatID) error { return nil }))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	cameras := exec.Command(examinee, "publish", "--target", web.URL+"/whip/{i}", "--seats", "3", "--ramp", "0s",
		"--clip", filepath.Join(clip, "honest.ivf"), "--audio", filepath.Join(clip, "honest.ogg"))
	if err := cameras.Start(); err != nil {
		t.Fatal(err)
	}
	cutting, cancel := context.WithCancel(context.Background())
	var cutter sync.WaitGroup
	cutter.Go(func() { s.cutEvery(cutting, 2*time.Second) })
	t.Cleanup(func() {
		cancel()
		cutter.Wait()
		stop(t, cameras)
		web.Close()
		s.Close()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	until(t, "the store works", 60*time.Second, func() bool { _, stored, _ := s.log.count(); return stored >= seats })
	return s
}

func (s *stage) cutEvery(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, seat := range []proctor.SeatID{"1", "2", "3"} {
			flush, cancel := context.WithTimeout(ctx, 3*time.Second)
			_ = s.FlushSeat(flush, seat) // the trouble is elsewhere
			cancel()
		}
	}
}

// files counts the sealed segments in the spool.
func (s *stage) files() int {
	all, _ := filepath.Glob(filepath.Join(s.spool, "*", "*.webm"))
	return len(all)
}

// healed waits until the store has everything.
func (s *stage) healed(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	until(t, "all is stored", 3*time.Minute, func() bool { return s.Stats().Backlog <= 1 })
	return time.Since(began)
}

// unharmed checks that the media did not notice.
func (s *stage) unharmed(t *testing.T, before media.Stats) {
	t.Helper()
	if _, _, gaps := s.log.count(); gaps > 0 {
		t.Errorf("the recording has %d gaps: %+v", gaps, s.log.gaps)
	}
	if now := s.Stats(); now.Dropped > before.Dropped {
		t.Errorf("%d frames were dropped", now.Dropped-before.Dropped)
	}
}

// TestStoreDown (F04) takes the store away for half a minute.
func TestStoreDown(t *testing.T) {
	slow(t)
	s := newStage(t, false)
	before := s.Stats()
	_, stored, _ := s.log.count()
	s.down.Store(true)
	s.cut()
	time.Sleep(30 * time.Second)
	_, during, _ := s.log.count()
	backlog := s.Stats().Backlog
	s.down.Store(false)
	drained := s.healed(t)
	s.unharmed(t, before)
	sealed, after, _ := s.log.count()
	t.Logf("F04: store down 30 s: %d stored before, %d during, backlog %d; after it was back %d of %d stored, in %v, none twice",
		stored, during-stored, backlog, after, sealed, drained.Round(100*time.Millisecond))
	if during > stored+4 || backlog < 30 { // four uploads may have been in their last step
		t.Errorf("it was not down: %d stored, backlog %d", during-stored, backlog)
	}
}

// TestStoreSlow (F05) makes the store slow and its connections break.
func TestStoreSlow(t *testing.T) {
	slow(t)
	s := newStage(t, false)
	for _, c := range []struct {
		name string
		set  func(on int64)
	}{
		{"latency 2 s", func(on int64) { s.latency.Store(on * int64(2*time.Second)) }},
		{"50 kB/s", func(on int64) { s.bandwidth.Store(on * 50_000) }},
		{"reset after 64 KiB", func(on int64) { s.limit.Store(on * 65536); s.cut() }},
	} {
		before, idle := s.Stats(), runtime.NumGoroutine()
		c.set(1)
		time.Sleep(12 * time.Second)
		most, failed := runtime.NumGoroutine(), s.Stats().UploadErrors-before.UploadErrors
		c.set(0)
		drained := s.healed(t)
		s.unharmed(t, before)
		t.Logf("F05: %s for 12 s: %d uploads failed, goroutines %d -> %d, drained in %v", c.name, failed, idle, most, drained.Round(100*time.Millisecond))
		if most > idle+60 {
			t.Errorf("%s: %d goroutines, %d before", c.name, most, idle)
		}
	}
}

// TestStoreLies (F06) has a store that says yes to what it does not keep.
func TestStoreLies(t *testing.T) {
	slow(t)
	s := newStage(t, true)
	for _, lie := range []string{"corrupt", "pretend", "403", "507"} {
		s.healed(t)
		before := s.Stats()
		s.puts.Store(0)
		s.lie.Store(lie)
		time.Sleep(time.Second) // what was under way
		_, stored, _ := s.log.count()
		time.Sleep(9 * time.Second)
		_, during, _ := s.log.count()
		sealedFiles, st := s.files(), s.Stats()
		puts := s.puts.Load()
		s.lie.Store("")
		if during != stored {
			t.Errorf("%s: %d receipts were believed", lie, during-stored)
		}
		if sealedFiles < st.Backlog-1 || st.Backlog < 3 {
			t.Errorf("%s: %d files for a backlog of %d", lie, sealedFiles, st.Backlog)
		}
		if puts > 120 { // three tries a request, some ten segments
			t.Errorf("%s: %d requests in 10 s: a hot loop", lie, puts)
		}
		s.unharmed(t, before)
		t.Logf("F06: %s for 10 s: %d PUTs, 0 receipts, %d files kept", lie, puts, sealedFiles)
	}
	s.healed(t)
	sealed, stored, _ := s.log.count()
	t.Logf("F06: after it told the truth: %d of %d stored", stored, sealed)
	if stored < sealed-seats {
		t.Errorf("%d of %d stored", stored, sealed)
	}
}
