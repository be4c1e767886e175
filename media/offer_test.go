package media

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"

	"qyragy/media/rtc"
)

// seedOffer is a short offer of the shape that browsers send.
const seedOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=ssrc:1 cname:x\r\n"

// FuzzOffer: an offer is answered or refused with a sentence; nothing panics
// and nothing stays.
func FuzzOffer(f *testing.F) {
	f.Add([]byte(seedOffer))
	f.Add([]byte(seedOffer[:300]))
	s, err := New(Config{Spool: f.TempDir(), UDP: "127.0.0.1:0", Loopback: true, Log: &journal{}, Last: (&journal{}).last})
	if err != nil {
		f.Fatal(err)
	}
	s.ready = true
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := rtc.ParseOffer(body)
		if err != nil {
			if !errors.As(err, new(rtc.BadOffer)) {
				t.Fatal(err)
			}
			return
		}
		for _, open := range []join{s.publish, s.view} {
			p, answer, err := open(newSeat(s, "s"), o)
			if err == nil {
				var d sdp.SessionDescription
				if err := d.UnmarshalString(answer); err != nil || len(d.MediaDescriptions) == 0 {
					t.Fatalf("no answer: %v", err)
				}
				p.close()
				<-p.gone
			}
		}
		if n := s.stats.panics.Load(); n != 0 {
			t.Fatal("contained a panic")
		}
	})
}

// TestMutatedOffers posts offers that are broken in thousands of ways: each is
// answered or refused as the client's fault, and nothing stays behind.
func TestMutatedOffers(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	random := rand.New(rand.NewPCG(7, 7))
	good := []byte(goodOffer(t))
	post := func(seat string, body []byte) int {
		r := httptest.NewRequest("POST", "/whip/"+seat, bytes.NewReader(body))
		r.Header.Set("Content-Type", typeSDP)
		w := httptest.NewRecorder()
		k.WHIP(anybody).ServeHTTP(w, r)
		return w.Code
	}
	for range 100 { // pools and maps grow once
		post("seat-0", mutated(random, good))
	}
	k.EndSeat("seat-0")
	until(t, "the first are freed", func() bool { return k.Stats().Joining == 0 })
	before, goroutines := residentKiB(t), runtime.NumGoroutine()
	seen := map[int]int{}
	for range 3000 {
		body := mutated(random, good)
		code := post("seat-1", body)
		seen[code]++
		if code != http.StatusCreated && (code < 400 || code > 499) {
			t.Fatalf("%d for\n%s", code, body)
		}
	}
	k.EndSeat("seat-1")
	until(t, "all are freed", func() bool { return k.Stats().Joining == 0 && runtime.NumGoroutine() <= goroutines })
	after := residentKiB(t)
	t.Logf("answers %v; resident %d KiB before, %d after (%+.1f %%)", seen, before, after, 100*float64(after-before)/float64(before))
	if n := k.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
	if seen[http.StatusCreated] == 0 || seen[http.StatusBadRequest] < 500 {
		t.Errorf("the mutations are of no use: %v", seen)
	}
	if float64(after) > 1.1*float64(before)+4096 {
		t.Errorf("resident memory grew from %d to %d KiB", before, after)
	}
}

// mutated breaks an offer in one to four places.
func mutated(random *rand.Rand, offer []byte) []byte {
	b := bytes.Clone(offer)
	for range 1 + random.IntN(4) {
		i, j := random.IntN(len(b)), random.IntN(len(b))
		i, j = min(i, j), max(i, j)
		switch random.IntN(7) {
		case 0:
			b[i] ^= byte(1 << random.IntN(8))
		case 1: // cut a stretch
			b = slices.Delete(b, i, min(i+random.IntN(40), len(b)))
		case 2: // say a stretch twice
			b = slices.Insert(b, i, bytes.Clone(b[i:min(i+random.IntN(200), len(b))])...)
		case 3: // swap two lines
			lines := bytes.SplitAfter(b, []byte("\n"))
			x, y := random.IntN(len(lines)), random.IntN(len(lines))
			lines[x], lines[y] = lines[y], lines[x]
			b = bytes.Join(lines, nil)
		case 4: // a huge number
			b = slices.Insert(b, i, []byte("99999999999999999999")...)
		case 5:
			b = bytes.Replace(b, []byte("a="), []byte(string(rune('a'+random.IntN(26)))+"="), 1+random.IntN(3))
		default:
			b = b[:j+1]
		}
		if len(b) < 2 {
			return b
		}
	}
	return b
}

// residentKiB is the process's resident memory after a collection.
func residentKiB(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc")
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
