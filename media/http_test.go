package media

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"qyragy/media/rtc"
	"qyragy/proctor"
)

// goodOffer is what a publisher sends; its peer never sends a packet.
func goodOffer(t *testing.T) string {
	t.Helper()
	pc := newPC(t)
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			t.Fatal(err)
		}
	}
	return offerOf(t, pc)
}

func TestRequestsThatAreRefused(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	good := goodOffer(t)
	mids := strings.Replace(good, "a=mid:1", "a=mid:0", 1)
	section := good[strings.Index(good, "m=audio"):]
	cases := []struct {
		name, method, path, contentType, body, match string
		status                                       int
	}{
		{"get", "GET", "/whip/s", "", "", "", 405},
		{"put", "PUT", "/whip/s", typeSDP, good, "", 405},
		{"get session", "GET", "/whip/s/x", "", "", "", 405},
		{"options", "OPTIONS", "/whip/s", "", "", "", 204},
		{"options session", "OPTIONS", "/whep/s/x", "", "", "", 204},
		{"wrong type", "POST", "/whip/s", "application/json", good, "", 415},
		{"no type", "POST", "/whip/s", "", good, "", 415},
		{"too long", "POST", "/whip/s", typeSDP, good + strings.Repeat("a=x\r\n", 20000), "", 413},
		{"empty", "POST", "/whip/s", typeSDP, "", "", 400},
		{"no SDP", "POST", "/whip/s", typeSDP, "hello", "", 400},
		{"cut", "POST", "/whip/s", typeSDP, good[:len(good)/2], "", 400},
		{"no sections", "POST", "/whip/s", typeSDP, good[:strings.Index(good, "m=")], "", 400},
		{"nine sections", "POST", "/whip/s", typeSDP, good + strings.Repeat(section, 8), "", 400},
		{"two audio", "POST", "/whip/s", typeSDP, good + strings.Replace(section, "a=mid:1", "a=mid:2", 1), "", 400},
		{"same mid", "POST", "/whip/s", typeSDP, mids, "", 400},
		{"data channel", "POST", "/whip/s", typeSDP, strings.Replace(good, "m=audio", "m=application", 1), "", 400},
		{"no fingerprint", "POST", "/whip/s", typeSDP, strings.ReplaceAll(good, "a=fingerprint", "a=x"), "", 400},
		{"65 candidates", "POST", "/whip/s", typeSDP, good + strings.Repeat("a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", 65), "", 400},
		{"simulcast", "POST", "/whip/s", typeSDP, good + "a=simulcast:send a;b\r\n", "", 400},
		{"path", "POST", "/whip/..%2fx", typeSDP, good, "", 404},
		{"no publisher", "POST", "/whep/s", typeSDP, good, "", 409},
		{"no session", "DELETE", "/whip/s/x", "", "", "", 404},
		{"no session to patch", "PATCH", "/whip/s/x", typeFragment, "", "*", 404},
	}
	for _, c := range cases {
		status, h, body := send(t, c.method, k.url+c.path, c.contentType, c.body, c.match)
		if status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, status, body, c.status)
		}
		if status == 405 && h.Get("Allow") == "" {
			t.Errorf("%s: no Allow", c.name)
		}
		if status == 400 && (strings.Count(body, "\n") != 1 || !strings.HasSuffix(body, ".\n")) {
			t.Errorf("%s: not one sentence: %q", c.name, body)
		}
	}
	if n := k.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
}

func TestAuthIsAskedAndMapped(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	var answer error
	h := k.WHIP(func(_ *http.Request, seat proctor.SeatID) error {
		if seat != "s" {
			t.Errorf("asked for %q", seat)
		}
		return answer
	})
	for _, c := range []struct {
		err    error
		status int
	}{
		{ErrUnauthorized, 401}, {fmt.Errorf("token: %w", ErrUnauthorized), 401},
		{proctor.Errorf(proctor.Forbidden, "x"), 403}, {proctor.Errorf(proctor.NotFound, "x"), 404},
		{proctor.Errorf(proctor.Unavailable, "x"), 503},
	} {
		answer = c.err
		for _, r := range []*http.Request{httptest.NewRequest("POST", "/whip/s", nil), httptest.NewRequest("DELETE", "/whip/s/x", nil)} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || c.status == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%v: %d %v", c.err, w.Code, w.Header())
			}
		}
	}
}

func TestAnswerMustBeAcceptable(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	o := goodOffer(t)
	for accept, want := range map[string]int{
		"": 201, "*/*": 201, "application/sdp": 201, "text/html, application/*;q=0.5": 201, "application/sdp; charset=utf-8": 201,
		"application/json": 406, "text/*": 406, "application/sdp;q=0": 406, "*/*;q=0.0, text/plain": 406, "nonsense": 406,
	} {
		r := httptest.NewRequest("POST", "/whip/s", strings.NewReader(o))
		r.Header.Set("Content-Type", typeSDP)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		w := httptest.NewRecorder()
		k.WHIP(anybody).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Accept %q: %d, want %d", accept, w.Code, want)
		}
	}
}

// A conflict says what it is about; nobody is told of a publisher when it is
// the exam that is closed.
func TestConflictsHaveTheirOwnSentence(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	for key, want := range map[string]string{
		"no_publisher": "publisher", "consent_first": "consented", "exam_not_open": "not open", "exam_over": "over", "seat_stage": "over", "x": "not possible",
	} {
		h := k.WHIP(func(*http.Request, proctor.SeatID) error {
			return fmt.Errorf("auth: %w", proctor.Errorf(proctor.Conflict, key))
		})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/whip/s", nil))
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", key, w.Code, w.Body)
		}
	}
}

func TestAnswerIsRightAndIdleSessionIsFreed(t *testing.T) {
	t.Parallel()
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	status, h, answer := send(t, "POST", k.url+"/whip/s", typeSDP, goodOffer(t), "")
	if status != 201 || h.Get("ETag") == "" || h.Get("Accept-Patch") != typeFragment || !strings.HasPrefix(h.Get("Location"), "/whip/s/") {
		t.Fatalf("%d %v", status, h)
	}
	for _, want := range []string{"a=ice-lite", "a=recvonly", "a=setup:passive", "a=ptime:60", "b=AS:600", "a=rtcp-fb:96 nack pli", "127.0.0.1"} {
		if !strings.Contains(answer, want) {
			t.Errorf("no %s in the answer:\n%s", want, answer)
		}
	}
	if strings.Contains(answer, "transport-cc") || strings.Contains(answer, ".local") {
		t.Errorf("the answer has too much:\n%s", answer)
	}
	session := k.url + h.Get("Location")
	for match, want := range map[string]int{"": 428, `"other"`: 412, h.Get("ETag"): 204} {
		if status, _, _ := send(t, "PATCH", session, typeFragment, "a=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", match); status != want {
			t.Errorf("PATCH If-Match %q: %d, want %d", match, status, want)
		}
	}
	if k.Stats().Joining != 1 {
		t.Errorf("joining: %+v", k.Stats())
	}
	until(t, "the session is freed", func() bool { return k.Stats().Joining == 0 })
	if status, _, _ := send(t, "DELETE", session, "", "", ""); status != 404 {
		t.Errorf("the session is still there: %d", status)
	}
}

func TestUnfinishedJoinsAreBounded(t *testing.T) {
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	o := goodOffer(t)
	refused := 0
	for i := range maxJoins + 10 {
		status, h, _ := send(t, "POST", fmt.Sprintf("%s/whip/s%d", k.url, i), typeSDP, o, "")
		if status == 503 && h.Get("Retry-After") != "" {
			refused++
		} else if status != 201 {
			t.Fatal(status)
		}
	}
	if refused != 10 {
		t.Errorf("%d refused", refused)
	}
	for range 5 { // of one seat only the newest stays
		send(t, "POST", k.url+"/whip/s1", typeSDP, o, "")
	}
	if n := k.Stats().Joining; n > maxJoins {
		t.Errorf("%d joining", n)
	}
}

// TestICERestart moves a running session to new credentials without losing it.
func TestICERestart(t *testing.T) {
	t.Parallel()
	sent := clip(t, "2", "320", "240")
	k, _ := run(t, t.TempDir(), &journal{}, nil)
	c := publish(t, k, "seat-1")
	c.play(t, sent[:15])
	o, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(o); err != nil {
		t.Fatal(err)
	}
	<-gathered
	var f strings.Builder
	for line := range strings.Lines(c.pc.LocalDescription().SDP) {
		if strings.HasPrefix(line, "a=ice-") || strings.HasPrefix(line, "a=candidate") {
			f.WriteString(line)
		}
	}
	status, h, reply := send(t, "PATCH", c.resource, typeFragment, f.String(), "*")
	if status != 200 || h.Get("ETag") == c.etag || h.Get("ETag") == "" {
		t.Fatalf("%d %v %s", status, h, reply)
	}
	fragment, err := rtc.ParseFragment([]byte(reply))
	if err != nil {
		t.Fatal(err)
	}
	var answer strings.Builder
	for line := range strings.Lines(c.pc.CurrentRemoteDescription().SDP) {
		switch {
		case strings.HasPrefix(line, "a=ice-ufrag:"):
			line = "a=ice-ufrag:" + fragment.Ufrag + "\r\n"
		case strings.HasPrefix(line, "a=ice-pwd:"):
			line = "a=ice-pwd:" + fragment.Password + "\r\n"
		}
		answer.WriteString(line)
	}
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.String()}); err != nil {
		t.Fatal(err)
	}
	until(t, "connected again", func() bool { return c.pc.ICEConnectionState() == webrtc.ICEConnectionStateConnected })
	time.Sleep(300 * time.Millisecond)
	c.play(t, sent[15:])
	c.end(t)
	until(t, "sealed", func() bool { g, _, _ := k.journal.all(); return len(g) > 0 })
	g, _, _ := k.journal.all()
	if len(g) != 1 || g[0].Frames != len(sent) {
		t.Errorf("segments after the restart: %+v", g)
	}
}
