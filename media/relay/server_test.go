package relay

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// echo sends through a relay to the media port and waits for the answer.
func echo(t *testing.T, relay net.PacketConn, to net.Addr) {
	t.Helper()
	for try := range 5 { // UDP may lose one
		want := append([]byte("as long as a packet of RTP"), byte(try))
		if _, err := relay.WriteTo(want, to); err != nil {
			t.Fatal(err)
		}
		relay.SetReadDeadline(time.Now().Add(time.Second))
		buf := make([]byte, 100)
		n, from, err := relay.ReadFrom(buf)
		if err != nil {
			continue
		}
		if from.String() != to.String() || !bytes.Equal(buf[:n], want) {
			t.Fatalf("%q from %v, not %v", buf[:n], from, to)
		}
		return
	}
	t.Fatalf("nothing comes back from %v", to)
}

// TestMediaIsReached: the media port answers under each of its addresses, of
// which one is not even this machine's, and the answer comes from that.
func TestMediaIsReached(t *testing.T) {
	for _, way := range ways() {
		t.Run(way, func(t *testing.T) {
			b := newBed(t)
			relay, err := b.client(t, way, b.issue("seat")).Allocate()
			if err != nil {
				t.Fatal(err)
			}
			port := b.media.LocalAddr().(*net.UDPAddr).Port
			for range 3 {
				echo(t, relay, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
				echo(t, relay, &net.UDPAddr{IP: net.IPv4(203, 0, 113, 5), Port: port})
			}
			if err := relay.Close(); err != nil {
				t.Error(err)
			}
			until(t, "the allocation ends", func() bool { return b.relay.Stats().Allocations == 0 })
		})
	}
}

// code is the error code of a TURN answer, 0 for success.
func code(t *testing.T, err error) stun.ErrorCode {
	t.Helper()
	var e *stun.TurnError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.ErrorCodeAttr.Code
	case strings.Contains(err.Error(), "error 403"):
		return stun.CodeForbidden
	}
	t.Logf("%T %v", err, err)
	return -1
}

// TestNothingElseIsReached is the list of what relays have been abused for.
func TestNothingElseIsReached(t *testing.T) {
	b := newBed(t)
	port := b.media.LocalAddr().(*net.UDPAddr).Port
	secretly, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer secretly.Close()
	for _, way := range ways() {
		cl := b.client(t, way, b.issue("seat"))
		relay, err := cl.Allocate()
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		for _, ip := range []string{
			"127.0.0.2", "127.1.1.1", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "192.168.1.1", "169.254.169.254",
			"100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "8.8.8.8", "203.0.113.6",
			"::ffff:127.0.0.2", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
		} {
			err := cl.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: port})
			if got := code(t, err); got != stun.CodeForbidden {
				t.Errorf("%s: a permission for %s: %v (%v)", way, ip, got, err)
			}
		}
		for _, ip := range []string{"::1", "::", "fe80::1", "fd00::1", "ff02::1", "64:ff9b::7f00:1", "2001:4860:4860::8888"} {
			err := cl.CreatePermission(&net.UDPAddr{IP: net.ParseIP(ip), Port: port})
			if got := code(t, err); got != stun.CodePeerAddrFamilyMismatch && got != stun.CodeForbidden {
				t.Errorf("%s: a permission for %s: %v (%v)", way, ip, got, err)
			}
		}
		// The right address with a wrong port: permissions know no ports, so
		// the packet must go nowhere.
		before := b.relay.Stats().Refused
		if _, err := relay.WriteTo([]byte("hello"), secretly.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		until(t, "the packet is refused", func() bool { return b.relay.Stats().Refused > before })
		secretly.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, from, err := secretly.ReadFrom(make([]byte, 10)); err == nil {
			t.Errorf("%s: %d bytes reached another port from %v", way, n, from)
		}
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
		until(t, "the allocation ends", func() bool { return b.relay.Stats().Allocations == 0 })
	}
}

// raw is a TURN client that says exactly what a test wants.
type raw struct {
	t     *testing.T
	conn  *turn.STUNConn
	auth  []stun.Setter
	creds Credentials
}

func (b *bed) raw(t *testing.T, creds Credentials) *raw {
	t.Helper()
	r := &raw{t: t, conn: b.dial(t, "tcp").(*turn.STUNConn), creds: creds}
	t.Cleanup(func() { r.conn.Close() })
	first := r.ask(stun.MethodAllocate, udpTransport)
	var nonce stun.Nonce
	var realm stun.Realm
	if err := errors.Join(nonce.GetFrom(first), realm.GetFrom(first)); err != nil {
		t.Fatal(err)
	}
	r.auth = []stun.Setter{stun.NewUsername(creds.Username), realm, nonce,
		stun.NewLongTermIntegrity(creds.Username, realm.String(), creds.Password)}
	return r
}

// attr is an attribute as bytes.
type attr struct {
	typ stun.AttrType
	v   []byte
}

func (a attr) AddTo(m *stun.Message) error { m.Add(a.typ, a.v); return nil }

var (
	udpTransport = attr{stun.AttrRequestedTransport, []byte{17, 0, 0, 0}}
	tcpTransport = attr{stun.AttrRequestedTransport, []byte{6, 0, 0, 0}}
)

func (r *raw) ask(method stun.Method, with ...stun.Setter) *stun.Message {
	r.t.Helper()
	m, err := stun.Build(append(append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, with...), r.auth...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.conn.WriteTo(m.Raw, nil); err != nil {
		r.t.Fatal(err)
	}
	buf := make([]byte, 2000)
	r.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := r.conn.ReadFrom(buf)
	if err != nil {
		r.t.Fatal(err)
	}
	answer := &stun.Message{Raw: buf[:n]}
	if err := answer.Decode(); err != nil {
		r.t.Fatal(err)
	}
	return answer
}

// refusal is the error code of an answer, 0 for success.
func refusal(m *stun.Message) stun.ErrorCode {
	var e stun.ErrorCodeAttribute
	if e.GetFrom(m) != nil {
		return 0
	}
	return e.Code
}

// TestTCPRelaysAreRefused: RFC 6062 could connect to a neighbour's web server.
func TestTCPRelaysAreRefused(t *testing.T) {
	b := newBed(t)
	r := b.raw(t, b.issue("seat"))
	if got := refusal(r.ask(stun.MethodAllocate, tcpTransport)); got == 0 {
		t.Error("a TCP allocation is granted")
	}
	if got := refusal(r.ask(stun.MethodAllocate, udpTransport)); got != 0 {
		t.Fatalf("a UDP allocation is refused: %d", got)
	}
	for _, ip := range []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1), net.IPv4(169, 254, 169, 254)} {
		peer := xorAddress(stun.AttrXORPeerAddress, ip, b.media.LocalAddr().(*net.UDPAddr).Port)
		if got := refusal(r.ask(stun.MethodConnect, peer)); got == 0 {
			t.Errorf("a connection to %v is made", ip)
		}
		if got := refusal(r.ask(stun.MethodChannelBind, attr{stun.AttrChannelNumber, []byte{0x40, 0, 0, 0}}, peer)); got == 0 && !ip.IsLoopback() {
			t.Errorf("a channel to %v is bound", ip)
		}
	}
}

type xored struct {
	typ stun.AttrType
	a   stun.XORMappedAddress
}

func xorAddress(typ stun.AttrType, ip net.IP, port int) stun.Setter {
	return xored{typ, stun.XORMappedAddress{IP: ip, Port: port}}
}

func (x xored) AddTo(m *stun.Message) error { return x.a.AddToAs(m, x.typ) }

// TestCredentials: who may allocate, and for how long.
func TestCredentials(t *testing.T) {
	b := newBed(t)
	good, other := b.issue("seat-1"), b.issue("seat-2")
	old := Issue(b.secret, "seat-1", b.now.Add(-TTL))
	flipped := []byte(good.Password)
	flipped[3] ^= 1
	for name, c := range map[string]struct {
		creds Credentials
		want  stun.ErrorCode
	}{
		"hers":                         {good, 0},
		"expired":                      {old, stun.CodeUnauthorized},
		"expired, dated anew":          {Credentials{good.Username, old.Password}, stun.CodeUnauthorized},
		"another seat's password":      {Credentials{good.Username, other.Password}, stun.CodeUnauthorized},
		"another seat's name":          {Credentials{other.Username, good.Password}, stun.CodeUnauthorized},
		"one bit of the password":      {Credentials{good.Username, string(flipped)}, stun.CodeUnauthorized},
		"no password":                  {Credentials{good.Username, ""}, stun.CodeUnauthorized},
		"no seat":                      {Credentials{strings.SplitAfter(good.Username, ":")[0], good.Password}, stun.CodeUnauthorized},
		"no expiry":                    {Credentials{":seat-1", password(b.secret, ":seat-1")}, stun.CodeUnauthorized},
		"no number":                    {Credentials{"x:seat-1", password(b.secret, "x:seat-1")}, stun.CodeUnauthorized},
		"a number that is too big":     {Credentials{"99999999999999999999:a", password(b.secret, "99999999999999999999:a")}, stun.CodeUnauthorized},
		"another server's credentials": {Issue(bytes.Repeat([]byte{8}, 32), "seat-1", b.now), stun.CodeUnauthorized},
	} {
		if got := refusal(b.raw(t, c.creds).ask(stun.MethodAllocate, udpTransport)); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
	if d := TTL; d > time.Hour {
		t.Errorf("credentials live for %v", d)
	}
}

// TestLongExam: an allocation is refreshed for hours with the credentials that
// made it, but they make no second one, and nobody else uses them.
func TestLongExam(t *testing.T) {
	b := newBed(t)
	hers := b.issue("seat-1")
	r, before := b.raw(t, hers), b.raw(t, b.issue("seat-2"))
	if got := refusal(r.ask(stun.MethodAllocate, udpTransport)); got != 0 {
		t.Fatal(got)
	}
	b.now = b.now.Add(3 * time.Hour)
	if got := refusal(r.ask(stun.MethodRefresh)); got != 0 {
		t.Errorf("refresh after three hours: %d", got)
	}
	peer := xorAddress(stun.AttrXORPeerAddress, net.IPv4(127, 0, 0, 1), 1)
	if got := refusal(r.ask(stun.MethodCreatePermission, peer)); got != 0 {
		t.Errorf("permission after three hours: %d", got)
	}
	if got := refusal(b.raw(t, hers).ask(stun.MethodAllocate, udpTransport)); got != stun.CodeUnauthorized {
		t.Errorf("a second allocation after three hours: %d", got)
	}
	if got := refusal(before.ask(stun.MethodRefresh)); got != stun.CodeUnauthorized {
		t.Errorf("a refresh of nothing after three hours: %d", got)
	}
	b.now = b.now.Add(maxAge)
	if got := refusal(r.ask(stun.MethodRefresh)); got != stun.CodeUnauthorized {
		t.Errorf("refresh after %v: %d", maxAge, got)
	}
}

// TestQuota: the fifth allocation of a seat is refused with 486, another
// seat's is not, and one that ends makes room.
func TestQuota(t *testing.T) {
	b := newBed(t)
	var mine []*raw
	for range Quota {
		r := b.raw(t, b.issue("seat-1"))
		if got := refusal(r.ask(stun.MethodAllocate, udpTransport)); got != 0 {
			t.Fatal(got)
		}
		mine = append(mine, r)
	}
	b.now = b.now.Add(time.Minute) // and with fresh credentials too
	fifth := b.raw(t, b.issue("seat-1"))
	if got := refusal(fifth.ask(stun.MethodAllocate, udpTransport)); got != stun.CodeAllocQuotaReached {
		t.Errorf("the fifth: %d", got)
	}
	if got := refusal(b.raw(t, b.issue("seat-2")).ask(stun.MethodAllocate, udpTransport)); got != 0 {
		t.Errorf("another seat's: %d", got)
	}
	mine[0].conn.Close() // a browser that went without a word
	until(t, "there is room again", func() bool { return b.relay.Stats().Allocations == Quota })
	if got := refusal(fifth.ask(stun.MethodAllocate, udpTransport)); got != 0 {
		t.Errorf("after one has ended: %d", got)
	}
}
