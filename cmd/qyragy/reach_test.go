package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/pion/webrtc/v4"

	"qyragy/detect"
)

// TestAddresses: an origin is written as browsers write it.
func TestAddresses(t *testing.T) {
	for _, c := range []struct{ scheme, listen, port, want string }{
		{"http", "localhost:8080", "8080", "http://localhost:8080"},
		{"https", "203.0.113.1:443", "443", "https://203.0.113.1"},
		{"http", "203.0.113.1:443", "443", "http://203.0.113.1:443"},
		{"https", "[2001:db8::1]:443", "443", "https://[2001:db8::1]"},
		{"https", "[2001:db8::1]:8443", "8443", "https://[2001:db8::1]:8443"},
	} {
		base, all, err := addresses(c.scheme, c.listen, c.port)
		if err != nil || base != c.want || !slices.Contains(all, c.want) {
			t.Errorf("%s %s: %q %q, %v", c.scheme, c.listen, base, all, err)
		}
	}
}

// TestMediaAddress: media listens where the pages do.
func TestMediaAddress(t *testing.T) {
	for _, c := range [][3]string{
		{":8189", "localhost", "127.0.0.1:8189"}, {":8189", "127.0.0.1", "127.0.0.1:8189"}, {":8189", "", "0.0.0.0:8189"},
		{":8189", "203.0.113.1", "0.0.0.0:8189"}, {"10.0.0.1:8189", "localhost", "10.0.0.1:8189"},
	} {
		if got, err := mediaAddress(c[0], c[1]); err != nil || got != c[2] {
			t.Errorf("--udp %s with pages on %q: %s, %v", c[0], c[1], got, err)
		}
	}
	if _, err := mediaAddress("8189", ""); err == nil {
		t.Error("a port alone is taken for an address")
	}
}

// throughRelay joins with nothing but the relay of one Link header.
func throughRelay(t *testing.T, seat demoSeat, want string) error {
	t.Helper()
	api := webrtc.NewAPI(webrtc.WithSettingEngine(func() (se webrtc.SettingEngine) { se.SetRelayAcceptanceMinWait(0); return se }()))
	var server webrtc.ICEServer
	for _, policy := range []webrtc.ICETransportPolicy{webrtc.ICETransportPolicyAll, webrtc.ICETransportPolicyRelay} {
		cfg := webrtc.Configuration{ICETransportPolicy: policy}
		if policy == webrtc.ICETransportPolicyRelay {
			cfg.ICEServers = []webrtc.ICEServer{server}
		}
		pc, err := api.NewPeerConnection(cfg)
		if err != nil {
			return err
		}
		defer pc.GracefulClose()
		if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
			return err
		}
		offer, err := pc.CreateOffer(nil)
		if err != nil {
			return err
		}
		gathered, connected := webrtc.GatheringCompletePromise(pc), make(chan struct{})
		pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
			if s == webrtc.PeerConnectionStateConnected {
				close(connected)
			}
		})
		if err := pc.SetLocalDescription(offer); err != nil {
			return err
		}
		<-gathered
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, seat.WHIPURL, strings.NewReader(pc.LocalDescription().SDP))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/sdp")
		r.Header.Set("Authorization", "Bearer "+seat.WHIPToken)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		sdp, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusCreated {
			return fmt.Errorf("%s %s %w", answer.Status, sdp, err)
		}
		if policy == webrtc.ICETransportPolicyAll {
			for _, link := range answer.Header.Values("Link") {
				if m := regexp.MustCompile(`^<(.*)>; rel="ice-server"; username="(.*)"; credential="(.*)"; credential-type="password"$`).FindStringSubmatch(link); m != nil && strings.Contains(m[1], want) {
					server = webrtc.ICEServer{URLs: m[1:2], Username: m[2], Credential: m[3]}
				}
			}
			if len(server.URLs) == 0 {
				return fmt.Errorf("no relay over %s in %q", want, answer.Header.Values("Link"))
			}
			continue
		}
		if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(sdp)}); err != nil {
			return err
		}
		select {
		case <-connected:
		case <-time.After(15 * time.Second):
			return errors.New("never connected")
		}
	}
	return nil
}

// TestRelay: a client that may use nothing but the relay gets in, over the
// pages' TCP port and over UDP.
func TestRelay(t *testing.T) {
	s := startServerWith(t, 2, func(c *serveCmd) { c.Detectors, c.TURNUDP = 0, "127.0.0.1:0" })
	for i, way := range []string{"?transport=tcp", "?transport=udp"} {
		if err := throughRelay(t, s.demo.Seats[i], way); err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
	seat := s.demo.Seats[0].ID
	mine, other := s.iceServers(seat), s.iceServers(s.demo.Seats[1].ID)
	if len(mine) != 1 || len(mine[0].URLs) != 2 || mine[0].Credential == other[0].Credential || !strings.HasSuffix(mine[0].Username, ":"+string(seat)) {
		t.Errorf("%+v", mine)
	}
	_, udp, _ := net.SplitHostPort(s.media.Addr().String())
	if got := s.ports(); len(got) < 4 || got[0] != "localhost:"+udp+"/udp" || !slices.ContainsFunc(got, func(p string) bool {
		return strings.HasSuffix(p, fmt.Sprintf(":%d/tcp", s.webPort()))
	}) {
		t.Errorf("%q", got)
	}
}

// TestSiteCertificate: a renewed certificate is served without a restart, and
// a half-written one is not.
func TestSiteCertificate(t *testing.T) {
	dir := t.TempDir()
	c := serveCmd{TLSCert: filepath.Join(dir, "site.pem"), TLSKey: filepath.Join(dir, "site.key")}
	issue := func(serial int64) {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)},
			&x509.Certificate{}, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for path, block := range map[string]*pem.Block{c.TLSCert: {Type: "CERTIFICATE", Bytes: der}, c.TLSKey: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
			if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Duration(serial)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := c.tlsConfig(slog.New(slog.DiscardHandler)); err == nil {
		t.Error("files that are not there are taken")
	}
	issue(1)
	k := &certificate{cert: c.TLSCert, key: c.TLSKey, log: slog.New(slog.DiscardHandler)}
	if err := k.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		k.looked = time.Time{} // as if lookAgain had passed
		pair, err := k.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Error(got)
	}
	issue(2)
	if got := serial(); got != 2 {
		t.Errorf("after the renewal: %d", got)
	}
	if err := os.WriteFile(c.TLSKey, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("with half a key: %d", got)
	}
	for _, two := range []serveCmd{
		{TLS: "self", TLSCert: c.TLSCert, TLSKey: c.TLSKey}, {TLSCert: c.TLSCert}, {TLSKey: c.TLSKey},
		{TLS: "self", ACME: []string{"exam.example.kz"}}, {ACME: []string{"exam.example.kz"}, TLSCert: c.TLSCert, TLSKey: c.TLSKey},
	} {
		if _, err := two.tlsConfig(slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v is taken", two)
		}
	}
}

// TestOutsideNATS joins a NATS server that is not this one's.
func TestOutsideNATS(t *testing.T) {
	inside, err := openBus("")
	if err != nil {
		t.Fatal(err)
	}
	defer inside.close()
	b, err := openBus(inside.url())
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if b.attended(t.Context()) {
		t.Error("a detector listens where there is none")
	}
	sub, err := inside.conn.QueueSubscribe(detect.SubjectPicture, detect.Queue, func(m *nats.Msg) { m.Respond([]byte("{}")) })
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := inside.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	if !b.attended(t.Context()) || b.url() != inside.url() {
		t.Errorf("a detector is not seen at %s", b.url())
	}
	if b, err := openBus("nats://127.0.0.1:1"); err == nil {
		b.close()
		t.Error("joined nothing")
	}
}
