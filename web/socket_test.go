package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"qyragy/proctor"
)

const patience = 20 * time.Second // for what must come; nothing is timed

// dial opens a WebSocket with a session.
func (k *kit) dial(cookie string) *websocket.Conn {
	k.t.Helper()
	h := http.Header{"Origin": {k.http.URL}, "Cookie": {sessionCookie + "=" + cookie}}
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(k.http.URL, "http")+"/api/v1/ws", h)
	if err != nil {
		k.t.Fatalf("dial: %v (%v)", err, resp)
	}
	resp.Body.Close()
	k.t.Cleanup(func() { conn.Close() })
	must(k.t, conn.SetReadDeadline(time.Now().Add(patience)))
	return conn
}

// await reads messages until one of type kind fits, and returns it.
func await(t *testing.T, conn *websocket.Conn, kind string, fits func(map[string]any) bool) map[string]any {
	t.Helper()
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			t.Fatalf("wait for %s: %v", kind, err)
		}
		var m map[string]any
		if json.Unmarshal(data, &m) == nil && m["type"] == kind && (fits == nil || fits(m)) {
			return m
		}
	}
}

// closed reads until the socket is closed and returns the status.
func closed(t *testing.T, conn *websocket.Conn) int {
	t.Helper()
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			var c *websocket.CloseError
			if !errors.As(err, &c) {
				t.Fatalf("no status: %v", err)
			}
			return c.Code
		}
	}
}

func event(kind string) func(map[string]any) bool {
	return func(m map[string]any) bool { return m["event"].(map[string]any)["type"] == kind }
}

// TestSocketForStaff watches an exam: events, live data and thumbnails.
func TestSocketForStaff(t *testing.T) {
	k := newKit(t)
	sc, next := k.scene(), k.scene()
	ctx := context.Background()
	now := time.Now().UTC().Truncate(time.Millisecond)
	must(t, k.engine.Look(ctx, proctor.Look{Seat: sc.seat, At: now, Luma: 99, Faces: []proctor.Box{{}}, People: 1}))
	shown := bytes.Repeat([]byte{0xFF, 0xD8}, 3000)
	k.parts.show(sc.seat, shown, now)
	k.parts.show(sc.other, shown, now)
	conn := k.dial(k.cookie(proctor.RoleProctor))
	watchExam(t, conn, sc.exam, sc.seat, "not-a-seat", next.seat)

	sawLive, sawPicture := false, false
	for !sawLive || !sawPicture {
		kind, data, err := conn.ReadMessage()
		must(t, err)
		if kind == websocket.BinaryMessage {
			n := int(data[0])
			at := binary.BigEndian.Uint64(data[1+n:])
			if id := string(data[1 : 1+n]); id != string(sc.seat) || at != uint64(now.UnixMilli()) || !bytes.Equal(data[9+n:], shown) {
				t.Fatalf("thumbnail of %s at %d, %d bytes", id, at, len(data))
			}
			sawPicture = true
			continue
		}
		var m liveMessage
		must(t, json.Unmarshal(data, &m))
		if m.Type == "live" && (m.Seat != sc.seat || m.Live.Luma != 99 || m.Live.Faces != 1 || !m.Live.Recording) {
			t.Fatalf("live %s", data)
		}
		sawLive = sawLive || m.Type == "live"
	}

	must(t, k.engine.Message(ctx, "proctor", sc.seat, "Сәлем"))
	m := await(t, conn, "event", event("message.sent"))
	if body, _ := json.Marshal(m); !bytes.Contains(body, []byte("Сәлем")) {
		t.Fatalf("event %s", body)
	}
	// The hash of a link stays inside.
	k.seat(sc.exam, "Жанар")
	m = await(t, conn, "event", event("seat.assigned"))
	if hash := m["event"].(map[string]any)["data"].(map[string]any)["link_hash"]; hash != "" {
		t.Fatalf("link hash %v", hash)
	}

	// Another exam: nothing of the first any more, once the watch has arrived.
	watchExam(t, conn, next.exam)
	ctx, stop := context.WithCancel(ctx)
	var talk sync.WaitGroup
	talk.Go(func() {
		for ctx.Err() == nil {
			if err := k.engine.Message(ctx, "proctor", next.seat, "new"); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	await(t, conn, "event", func(m map[string]any) bool { return m["event"].(map[string]any)["exam"] == string(next.exam) })
	stop()
	talk.Wait()
	ctx = context.Background()
	must(t, k.engine.Message(ctx, "proctor", sc.seat, "old last"))
	must(t, k.engine.Message(ctx, "proctor", next.seat, "new last"))
	await(t, conn, "event", func(m map[string]any) bool {
		e := m["event"].(map[string]any)
		if e["exam"] != string(next.exam) {
			t.Fatalf("event of %v", e["exam"])
		}
		return e["data"].(map[string]any)["text"] == "new last"
	})
}

func watchExam(t *testing.T, conn *websocket.Conn, exam proctor.ExamID, seats ...proctor.SeatID) {
	t.Helper()
	must(t, conn.WriteJSON(watch{"watch", exam, seats}))
}

// TestSocketForExaminee sees her own seat change and nothing else: no other
// seat, and nothing that was observed of her.
func TestSocketForExaminee(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	ctx := context.Background()
	conn := k.dial(sc.seatC)
	await(t, conn, "seat", func(m map[string]any) bool { return m["seat"].(map[string]any)["id"] == string(sc.seat) })

	must(t, k.engine.Message(ctx, "proctor", sc.other, "басқаға"))
	_, err := k.engine.Raise(ctx, "proctor", sc.seat, proctor.CauseOther, "жасырын", time.Time{})
	must(t, err)
	must(t, k.engine.Report(ctx, proctor.ClientReport{Seat: sc.seat, Kind: proctor.ReportCameraError, Detail: "NotReadableError"}))
	must(t, k.engine.Message(ctx, "proctor", sc.seat, "сізге"))
	var all []string
	for {
		kind, data, err := conn.ReadMessage()
		must(t, err)
		if kind != websocket.TextMessage {
			t.Fatalf("message of kind %d", kind)
		}
		all = append(all, string(data))
		var m noteMessage
		must(t, json.Unmarshal(data, &m))
		if m.Type == "message" {
			break
		}
	}
	seen := strings.Join(all, "\n")
	if !strings.Contains(seen, `"type":"warning","cause":"blocked"`) || !strings.Contains(seen, "сізге") {
		t.Errorf("she was not told: %s", seen)
	}
	for _, hidden := range []string{"басқаға", "жасырын", "incident", `"type":"event"`, "NotReadableError", string(sc.other)} {
		if strings.Contains(seen, hidden) {
			t.Errorf("she was told %q: %s", hidden, seen)
		}
	}
	must(t, k.engine.Finish(ctx, "proctor", sc.seat))
	await(t, conn, "seat", func(m map[string]any) bool {
		seat := m["seat"].(map[string]any)
		return seat["stage"] == "finished" && seat["whip"] == nil
	})
	// Asking for somebody else's exam ends it.
	watchExam(t, conn, sc.exam, sc.other)
	if code := closed(t, conn); code != websocket.ClosePolicyViolation {
		t.Fatalf("status %d", code)
	}
}

// TestSocketRefusals is the table of what ends a socket.
func TestSocketRefusals(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	boss := k.cookie(proctor.RoleHead)
	many := make([]proctor.SeatID, watchedMost+1)
	tooMany, err := json.Marshal(watch{"watch", sc.exam, many})
	must(t, err)
	for _, c := range []struct {
		name string
		kind int
		data string
		code int
	}{
		{"10 MB", websocket.TextMessage, strings.Repeat("x", 10<<20), websocket.CloseMessageTooBig},
		{"10 MB binary", websocket.BinaryMessage, strings.Repeat("x", 10<<20), websocket.CloseMessageTooBig},
		{"broken JSON", websocket.TextMessage, `{"type":`, websocket.CloseInvalidFramePayloadData},
		{"not UTF-8", websocket.TextMessage, "{\"type\":\"\xff\"}", websocket.CloseInvalidFramePayloadData},
		{"deep JSON", websocket.TextMessage, strings.Repeat("[", 60_000), websocket.CloseInvalidFramePayloadData},
		{"wrong types", websocket.TextMessage, `{"type":"watch","exam":5}`, websocket.CloseInvalidFramePayloadData},
		{"unknown type", websocket.TextMessage, `{"type":"subscribe_all"}`, websocket.ClosePolicyViolation},
		{"no type", websocket.TextMessage, `{}`, websocket.ClosePolicyViolation},
		{"unknown exam", websocket.TextMessage, `{"type":"watch","exam":"none"}`, websocket.ClosePolicyViolation},
		{"too many seats", websocket.TextMessage, string(tooMany), websocket.ClosePolicyViolation},
		{"binary", websocket.BinaryMessage, "{}", websocket.CloseUnsupportedData},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := k.dial(boss)
			_ = conn.WriteMessage(c.kind, []byte(c.data)) // may fail half-way: it is being closed
			if code := closed(t, conn); code != c.code {
				t.Fatalf("status %d, want %d", code, c.code)
			}
		})
	}
}

// TestSocketProtocolErrors sends frames that no library sends; each ends the
// socket and nothing else.
func TestSocketProtocolErrors(t *testing.T) {
	k := newKit(t)
	boss := k.cookie(proctor.RoleHead)
	for name, frame := range map[string][]byte{
		"unmasked":    {0x81, 0x01, 'a'},
		"compressed":  {0xC1, 0x81, 0, 0, 0, 0, 'a'},
		"opcode 3":    {0x83, 0x81, 0, 0, 0, 0, 'a'},
		"long ping":   append([]byte{0x89, 0xFE, 0x01, 0x00, 0, 0, 0, 0}, make([]byte, 256)...),
		"2^63 length": {0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		conn := k.dial(boss)
		_, err := conn.NetConn().Write(frame)
		must(t, err)
		if _, _, err := conn.ReadMessage(); err == nil {
			t.Errorf("%s: the socket lives", name)
		}
	}
	if got := k.do(request{method: "GET", path: "/api/v1/me", cookie: boss}); got.status != 200 {
		t.Fatalf("status %d afterwards", got.status)
	}
}

// TestSlowSocketIsClosed never reads; the server must let go of her.
func TestSlowSocketIsClosed(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	conn := k.dial(k.cookie(proctor.RoleHead))
	must(t, conn.NetConn().(*net.TCPConn).SetReadBuffer(4096))
	watchExam(t, conn, sc.exam, sc.seat)
	text := strings.Repeat("ұ", 480)
	gone := func() bool {
		k.places.mu.Lock()
		defer k.places.mu.Unlock()
		return k.places.all == 0
	}
	for i := 0; !gone(); i++ {
		if i > 200_000 {
			t.Fatal("the socket of a client that does not read lives on")
		}
		must(t, k.engine.Message(context.Background(), "proctor", sc.other, text))
	}
}

// TestSocketEndsWithItsSession takes a role away from somebody who watches.
func TestSocketEndsWithItsSession(t *testing.T) {
	k := newKit(t)
	cookie := k.cookie(proctor.RoleHead)
	ctx, err := k.sessions.Load(context.Background(), cookie)
	must(t, err)
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	must(t, err)
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: cookie})
	who, err := k.identify(ctx)
	must(t, err)
	var cause error
	c := &socketConn{s: k.Server, r: r, who: who, end: func(err error) { cause = err }}
	c.stillWelcome(context.Background())
	if cause != nil {
		t.Fatalf("ended with %v", cause)
	}
	must(t, k.sessions.Destroy(ctx))
	c.stillWelcome(context.Background())
	var why *closing
	if !errors.As(cause, &why) || why.code != websocket.ClosePolicyViolation {
		t.Fatalf("ended with %v", cause)
	}
}

// TestSocketsAreCounted opens as many as one caller may, and Close ends them.
func TestSocketsAreCounted(t *testing.T) {
	k := newKit(t)
	boss := k.cookie(proctor.RoleHead)
	var open []*websocket.Conn
	for range socketsEach {
		open = append(open, k.dial(boss))
	}
	q := request{method: "GET", path: "/api/v1/ws", cookie: boss}.with(k, scene{}, route{path: "/api/v1/ws"})
	if got := k.do(q); got.status != 429 {
		t.Fatalf("status %d for one too many", got.status)
	}
	k.Close()
	for _, conn := range open {
		if code := closed(t, conn); code != websocket.CloseGoingAway {
			t.Fatalf("status %d", code)
		}
	}
	if got := k.do(q); got.status != 429 {
		t.Fatalf("status %d after Close", got.status)
	}
}

func FuzzSocketMessage(f *testing.F) {
	f.Add(websocket.TextMessage, []byte(`{"type":"watch","exam":"x","thumbnails":["a"]}`))
	f.Add(websocket.TextMessage, []byte(`{"type":"watch","exam":"x","thumbnails":null}`))
	f.Add(websocket.TextMessage, []byte(`{"type":`))
	f.Add(websocket.BinaryMessage, []byte{0})
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		w, err := parseWatch(kind, data)
		var why *closing
		if err != nil && !errors.As(err, &why) {
			t.Fatalf("%v is no reason to close", err)
		}
		if err == nil && (w.Type != "watch" || w.Exam == "" || len(w.Thumbnails) > watchedMost) {
			t.Fatalf("accepted %+v", w)
		}
		if why != nil && (why.code < 1003 || why.code > 1011) {
			t.Fatalf("closes with %d", why.code)
		}
	})
}
