package faults_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"qyragy/media/vault"
)

// length is how long a fault lasts: shorter than it is asked for in earnest,
// unless an environment variable says otherwise.
func length(t *testing.T, env string, usual time.Duration) time.Duration {
	t.Helper()
	if v := os.Getenv(env); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatalf("%s: %v", env, err)
		}
		return d
	}
	return usual
}

// TestStoreDown (F04) takes the store away. QYRAGY_FAULTS_S3_AWAY=30m is the
// real thing; then segments are a minute long, as they are in an exam.
func TestStoreDown(t *testing.T) {
	slow(t)
	away := length(t, "QYRAGY_FAULTS_S3_AWAY", 30*time.Second)
	every := 2 * time.Second
	if away > 5*time.Minute {
		every = 0
	}
	eachStore(t, func(t *testing.T, open func(*testing.T) vault.Config) {
		c := open(t)
		x := newToxins(t, c.Endpoint)
		s := newStage(t, c, x.Listen, every)
		before, idle := s.Stats(), runtime.NumGoroutine()
		_, stored, _ := s.log.count()
		x.Stop()
		time.Sleep(away)
		_, during, _ := s.log.count()
		st, goroutines := s.Stats(), runtime.NumGoroutine()
		x.up(t)
		caught := s.healed(t)
		s.unharmed(t, before)
		sealed, _, _ := s.log.count()
		t.Logf("F04: store away for %v: %d segments stored before, %d during; backlog %d, spool %d MB, %d failed tries, goroutines %d -> %d",
			away, stored, during-stored, st.Backlog, st.SpoolBytes>>20, st.UploadErrors-before.UploadErrors, idle, goroutines)
		t.Logf("F04: back: %d of %d segments stored, none twice; %v", s.once(t), sealed, caught)
		if caught.recorded < 5*seats*caught.took {
			t.Error("catching up is too slow")
		}
		if during > stored+4 || st.Backlog < int(away/(65*time.Second)) { // four uploads may have been in their last step
			t.Errorf("it was not down: %d stored, backlog %d", during-stored, st.Backlog)
		}
	})
}

// TestStoreSlow (F05) makes the store slow and its connections break.
func TestStoreSlow(t *testing.T) {
	slow(t)
	eachStore(t, func(t *testing.T, open func(*testing.T) vault.Config) {
		c := open(t)
		x := newToxins(t, c.Endpoint)
		s := newStage(t, c, x.Listen, 2*time.Second)
		for _, toxic := range []string{
			`{"type":"latency","stream":"downstream","attributes":{"latency":2000,"jitter":500}}`,
			`{"type":"bandwidth","stream":"upstream","attributes":{"rate":50}}`,
			`{"type":"limit_data","stream":"upstream","attributes":{"bytes":65536}}`,
			`{"type":"reset_peer","stream":"downstream","attributes":{"timeout":100}}`,
			`{"type":"timeout","stream":"upstream","attributes":{"timeout":3000}}`,
			`{"type":"slicer","stream":"upstream","attributes":{"average_size":1000,"size_variation":500,"delay":500}}`,
		} {
			before, idle := s.Stats(), runtime.NumGoroutine()
			remove := x.add(t, toxic)
			time.Sleep(12 * time.Second)
			most, failed := runtime.NumGoroutine(), s.Stats().UploadErrors-before.UploadErrors
			remove()
			caught := s.healed(t)
			s.unharmed(t, before)
			t.Logf("F05: %s for 12 s: %d uploads failed, goroutines %d -> %d; %v", toxic, failed, idle, most, caught)
			if most > idle+60 {
				t.Errorf("%s: %d goroutines, %d before", toxic, most, idle)
			}
		}
		t.Logf("F05: %d objects, none twice", s.once(t))
	})
}

// liar is a reverse proxy in front of the store that does not tell the truth.
type liar struct {
	lie  atomic.Value // string: "", "corrupt", "pretend" or a status
	puts atomic.Int64 // requests that came while there was a lie
}

func (x *liar) listen(t *testing.T, store string) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: store}
	proxy := &httputil.ReverseProxy{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lie, _ := x.lie.Load().(string)
		if lie != "" && r.Method == http.MethodPut {
			x.puts.Add(1)
		}
		status := 0
		switch _, err := fmt.Sscan(lie, &status); {
		case err == nil:
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
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

// TestStoreLies (F06) has a store that says yes to what it does not keep, or
// no to everything.
func TestStoreLies(t *testing.T) {
	slow(t)
	eachStore(t, func(t *testing.T, open func(*testing.T) vault.Config) {
		c, x := open(t), &liar{}
		s := newStage(t, c, x.listen(t, c.Endpoint), 2*time.Second)
		for _, lie := range []string{"corrupt", "pretend", "403", "429", "500", "503", "507"} {
			s.healed(t)
			before := s.Stats()
			x.puts.Store(0)
			x.lie.Store(lie)
			time.Sleep(time.Second) // what was under way
			_, stored, _ := s.log.count()
			time.Sleep(9 * time.Second)
			_, during, _ := s.log.count()
			sealedFiles, st := s.files(), s.Stats()
			puts := x.puts.Load()
			x.lie.Store("")
			if during != stored {
				t.Errorf("%s: %d receipts were believed", lie, during-stored)
			}
			if sealedFiles < st.Backlog-1 || st.Backlog < 3 {
				t.Errorf("%s: %d files for a backlog of %d", lie, sealedFiles, st.Backlog)
			}
			if puts > 60 {
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
	})
}
