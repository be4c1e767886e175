package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/rs/zerolog"

	"qyragy/media"
	"qyragy/media/vault"
	"qyragy/proctor"
)

// log is a journal in memory.
type log struct {
	mu       sync.Mutex
	segments map[proctor.SeatID][]proctor.Segment
	stored   map[string]proctor.Receipt
	uploaded time.Duration // of recording
	gaps     []proctor.Gap
}

func newLog() *log {
	return &log{segments: map[proctor.SeatID][]proctor.Segment{}, stored: map[string]proctor.Receipt{}}
}

func (l *log) SegmentSealed(_ context.Context, g proctor.Segment) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments[g.Seat] = append(l.segments[g.Seat], g)
	return nil
}

func (l *log) SegmentStored(_ context.Context, seat proctor.SeatID, number int, r proctor.Receipt) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, twice := l.stored[r.Key]; twice {
		return errors.New("stored twice: " + r.Key)
	}
	l.stored[r.Key] = r
	g := l.segments[seat][number]
	l.uploaded += g.End.Sub(g.Start)
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
	n := len(l.segments[seat])
	if n == 0 {
		return -1, ""
	}
	return n - 1, l.segments[seat][n-1].SHA256
}

func (l *log) count() (sealed, stored, gaps int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		sealed += len(s)
	}
	return sealed, len(l.stored), len(l.gaps)
}

// recorded is how much of the recording the store has, of all seats together.
func (l *log) recorded() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.uploaded
}

// eachStore runs a test with each real S3 server that can be had here. open
// starts it and says how to reach it over TCP.
func eachStore(t *testing.T, f func(t *testing.T, open func(*testing.T) vault.Config)) {
	// The embedded store changes the working directory.
	t.Setenv("QYRAGY_CLIPS", clips(t))
	t.Setenv("QYRAGY_BIN", filepath.Dir(program(t, "examinee")))
	t.Run("versitygw", func(t *testing.T) { f(t, openVersity) })
	t.Run("minio", func(t *testing.T) { f(t, openMinIO) })
}

// openVersity starts the store that is part of the server.
func openVersity(t *testing.T) vault.Config {
	t.Helper()
	e, err := vault.OpenEmbedded(filepath.Join(t.TempDir(), "s3"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c := e.Config("recordings")
	inner := c.Transport.(*http.Transport)
	c.Endpoint, c.Transport = forward(t, inner.DialContext), nil
	return c
}

// forward listens on loopback and passes connections on.
func forward(t *testing.T, dial func(ctx context.Context, network, addr string) (net.Conn, error)) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	pass := func(to, from net.Conn) {
		defer to.Close()
		defer from.Close()
		_, _ = io.Copy(to, from) // either end may go at any time
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := dial(context.Background(), "tcp", "")
			if err != nil {
				in.Close()
				continue
			}
			go pass(in, out)
			go pass(out, in)
		}
	}()
	return l.Addr().String()
}

// openMinIO starts a server of another make, which is a process of its own.
func openMinIO(t *testing.T) vault.Config {
	t.Helper()
	return minioAt(t, t.TempDir())
}

// minioAt starts MinIO on a directory.
func minioAt(t *testing.T, dir string) vault.Config {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	b := &bed{}
	c := b.command(program(t, "minio"), "server", "--quiet", "--address", addr, "--console-address", "127.0.0.1:0", dir)
	c.Env = append(os.Environ(), "MINIO_ROOT_USER=qyragytest", "MINIO_ROOT_PASSWORD=qyragytest-secret", "MINIO_BROWSER=off", "MINIO_UPDATE=off")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	until(t, "MinIO answers", 30*time.Second, func() bool {
		r, err := http.Get("http://" + addr + "/minio/health/ready")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return vault.Config{Endpoint: addr, AccessKey: "qyragytest", SecretKey: "qyragytest-secret", Bucket: "recordings"}
}

// versions counts the versions of every object that the store has of a
// recording.
func versions(t *testing.T, c vault.Config) map[string]int {
	t.Helper()
	client, err := minio.New(c.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Region: "us-east-1", BucketLookup: minio.BucketLookupPath})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for o := range client.ListObjects(t.Context(), c.Bucket, minio.ListObjectsOptions{Prefix: "recordings/", Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		all[o.Key]++
	}
	return all
}

// toxins is Shopify's toxiproxy, between the uploader and the store.
type toxins struct{ *toxiproxy.Proxy }

func newToxins(t *testing.T, upstream string) *toxins {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	x := &toxins{toxiproxy.NewProxy(server, "s3", "127.0.0.1:0", upstream)}
	x.up(t)
	t.Cleanup(x.Stop)
	return x
}

// up lets connections through again; Stop cuts and refuses them.
func (x *toxins) up(t *testing.T) {
	t.Helper()
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
}

// add makes trouble until the returned function is called. JSON as in
// toxiproxy's API.
func (x *toxins) add(t *testing.T, json string) (remove func()) {
	t.Helper()
	toxic, err := x.Toxics.AddToxicJson(strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := x.Toxics.RemoveToxic(context.Background(), toxic.Name); err != nil {
			t.Fatal(err)
		}
	}
}

// stage is a media server in this process, cameras in another, and a store
// behind something.
type stage struct {
	*media.Server
	log   *log
	spool string
	store vault.Config // past what is between
}

// newStage starts it all, with the store reached at endpoint. Segments are cut
// every so often; 0 leaves them at a minute.
func newStage(t *testing.T, c vault.Config, endpoint string, every time.Duration) *stage {
	t.Helper()
	s := &stage{log: newLog(), spool: filepath.Join(t.TempDir(), "spool"), store: c}
	outer := &http.Transport{MaxIdleConnsPerHost: 4}
	c.Endpoint, c.Transport = endpoint, outer
	t.Cleanup(outer.CloseIdleConnections)
	v, err := vault.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s.Server, err = media.New(media.Config{Spool: s.spool, UDP: "127.0.0.1:0", Loopback: true, Vault: v, Log: s.log, Last: s.log.Last})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.WHIP(func(*http.Request, proctor.SeatID) error { return nil }))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	cameras := exec.Command(program(t, "examinee"), "publish", "--target", web.URL+"/whip/{i}", "--seats", "3", "--ramp", "0s",
		"--clip", filepath.Join(clips(t), "honest.ivf"), "--audio", filepath.Join(clips(t), "honest.ogg"))
	if err := cameras.Start(); err != nil {
		t.Fatal(err)
	}
	cutting, cancel := context.WithCancel(context.Background())
	var cutter sync.WaitGroup
	if every > 0 {
		cutter.Go(func() { s.cutEvery(cutting, every) })
	}
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
	until(t, "the store works", 90*time.Second, func() bool { _, stored, _ := s.log.count(); return stored >= seats })
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

// drain says how a store that is back was caught up with.
type drain struct {
	noticed  time.Duration // until the first upload
	took     time.Duration // from then on
	recorded time.Duration // what went up
}

// String implements fmt.Stringer.
func (d drain) String() string {
	rate := d.recorded.Seconds() / max(d.took, time.Millisecond).Seconds()
	return fmt.Sprintf("noticed after %v, %v of recording stored in %v: %.0f times real time, %.0f times what %d seats record",
		d.noticed.Round(100*time.Millisecond), d.recorded.Round(time.Second), d.took.Round(10*time.Millisecond), rate, rate/seats, seats)
}

// healed waits until the store has everything.
func (s *stage) healed(t *testing.T) drain {
	t.Helper()
	began, before := time.Now(), s.log.recorded()
	over := func() bool { return s.Stats().Backlog <= 1 }
	until(t, "something is stored", time.Minute, func() bool { return s.log.recorded() > before || over() })
	first := time.Now()
	until(t, "all is stored", 6*time.Minute, over)
	return drain{noticed: first.Sub(began), took: time.Since(first), recorded: s.log.recorded() - before}
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

// once checks that the store has every receipt's object, and none of them
// twice. It returns how many.
func (s *stage) once(t *testing.T) int {
	t.Helper()
	there := versions(t, s.store)
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	for key := range s.log.stored {
		if there[key] != 1 {
			t.Errorf("the store has %d versions of %s", there[key], key)
		}
	}
	return len(s.log.stored)
}
