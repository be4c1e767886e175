package faults_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pion/webrtc/v4"
)

const (
	joins     = 20
	joinLimit = 6 * time.Second

	// The site is at one end of a cable, the campus at the other. The addresses
	// are not private: at those, Chromium refuses candidates with port 443.
	siteIP, campusIP = "203.0.113.1", "203.0.113.2"
	siteWeb          = siteIP + ":443"
	siteUDP          = siteIP + ":8189"
)

// TestReach (F12) joins from a campus that lets nothing out but TCP to port
// 443: with a real Chromium over ICE-TCP and over TURN, and over TURN inside
// TLS, which Chromium does only with a certificate that the world knows. It
// runs itself anew within the campus's network namespace.
func TestReach(t *testing.T) {
	slow(t)
	if site := os.Getenv("QYRAGY_REACH_SITE"); site != "" {
		reachFrom(t, site)
		return
	}
	site, campus := fmt.Sprintf("qyragy-site-%d", os.Getpid()), fmt.Sprintf("qyragy-campus-%d", os.Getpid())
	able(t, "ip", "netns", "add", site)
	defer must(t, "ip", "netns", "del", site)
	able(t, "ip", "netns", "add", campus)
	defer must(t, "ip", "netns", "del", campus)
	able(t, "ip", "link", "add", "q0", "netns", site, "type", "veth", "peer", "name", "q1", "netns", campus)
	for ns, end := range map[string][2]string{site: {"q0", siteIP}, campus: {"q1", campusIP}} {
		must(t, "ip", "-n", ns, "link", "set", "lo", "up")
		must(t, "ip", "-n", ns, "addr", "add", end[1]+"/24", "dev", end[0])
		must(t, "ip", "-n", ns, "link", "set", end[0], "up")
	}
	firewall := func(args ...string) { must(t, "ip", append([]string{"netns", "exec", site, "nft"}, args...)...) }
	firewall("add", "table", "inet", "f")
	firewall("add", "chain", "inet", "f", "in", "{ type filter hook input priority 0; }")
	firewall("add", "rule", "inet", "f", "in", "iifname", "lo", "accept")
	firewall("add", "rule", "inet", "f", "in", "tcp", "dport", "443", "accept")
	firewall("add", "rule", "inet", "f", "in", "counter", "drop")

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert := siteCertificate(t, dir)
	c := exec.Command("ip", "netns", "exec", campus, self, "-test.run", flag.Lookup("test.run").Value.String(), "-test.v", "-test.timeout", "15m")
	c.Env = append(os.Environ(), "QYRAGY_REACH_SITE="+site, "QYRAGY_REACH_DIR="+dir, "SSL_CERT_FILE="+cert)
	out, err := c.CombinedOutput()
	t.Logf("in the campus:\n%s", out)
	if err != nil {
		t.Error(err)
	}
}

// siteCertificate writes site.pem and site.key, and returns the first's path.
func siteCertificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "site"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.ParseIP(siteIP)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"site.pem": {Type: "CERTIFICATE", Bytes: der}, "site.key": {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "site.pem")
}

// reachFrom is the test as it runs in the campus.
func reachFrom(t *testing.T, site string) {
	dir := os.Getenv("QYRAGY_REACH_DIR")
	serve := func(t *testing.T, more ...string) *bed {
		b := newBed(t, t.TempDir())
		b.web, b.udp, b.ns = siteWeb, siteUDP, site
		b.more = append(more, "--tls-cert", filepath.Join(dir, "site.pem"), "--tls-key", filepath.Join(dir, "site.key"), "--base-url", "https://"+siteIP)
		server := b.serve(t)
		t.Cleanup(func() { stop(t, server) })
		return b
	}
	t.Run("open network", func(t *testing.T) {
		must(t, "ip", "netns", "exec", site, "nft", "insert", "rule", "inet", "f", "in", "udp", "dport", "8189", "accept")
		defer must(t, "ip", "netns", "exec", site, "nft", "delete", "rule", "inet", "f", "in", "handle", handleOf(t, site))
		browse(t, serve(t), "udp")
	})
	t.Run("443 alone", func(t *testing.T) { browse(t, serve(t), "") })
	t.Run("ICE over TCP at 443", func(t *testing.T) { browse(t, serve(t, "--no-turn"), "tcp") })
	t.Run("TURN over TCP at 443", func(t *testing.T) { browse(t, serve(t, "--no-ice-tcp"), "relay tcp") })
	t.Run("TURN over TLS at 443", func(t *testing.T) { throughTLS(t, serve(t, "--no-ice-tcp")) })
	t.Run("unfinished joins", func(t *testing.T) { unfinished(t, serve(t)) })
	t.Run("candidates", func(t *testing.T) { noPackets(t, serve(t), site) })
}

// handleOf finds the rule that lets media through over UDP.
func handleOf(t *testing.T, site string) string {
	t.Helper()
	out, err := exec.Command("ip", "netns", "exec", site, "nft", "-a", "list", "chain", "inet", "f", "in").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if rule, handle, ok := strings.Cut(strings.TrimSpace(line), " # handle "); ok && strings.Contains(rule, "udp dport 8189") {
			return handle
		}
	}
	t.Fatalf("no such rule: %s", out)
	return ""
}

// watchJoins keeps how each connection of the page came about.
const watchJoins = `(() => {
  const Native = RTCPeerConnection;
  window.joined = null;
  window.RTCPeerConnection = function (...args) {
    const pc = new Native(...args), began = performance.now();
    let known = false, ice = 0, state = "";
    pc.addEventListener("iceconnectionstatechange", () => {
      const now = performance.now() - began;
      if (pc.iceConnectionState === "connected" && !ice) ice = now;
      state += pc.iceConnectionState + " " + Math.round(now) + " ";
    });
    pc.addEventListener("connectionstatechange", async () => {
      if (pc.connectionState !== "connected" || known) return;
      known = true;
      const took = performance.now() - began, opened = performance.now();
      await new Promise((r) => setTimeout(r, 1000)); // until ICE has settled
      const stats = await pc.getStats();
      stats.forEach((s) => {
        if (s.type !== "transport" || !s.selectedCandidatePairId) return;
        const local = stats.get(stats.get(s.selectedCandidatePairId).localCandidateId);
        const relayed = local.candidateType === "relay";
        window.joined = { took, ice, state, page: opened, way: relayed ? "relay " + local.relayProtocol : local.protocol };
      });
    });
    return pc;
  };
  window.RTCPeerConnection.prototype = Native.prototype;
})()`

// join is what watchJoins found, times in ms.
type join struct {
	Took float64 `json:"took"` // from the RTCPeerConnection to connected
	ICE  float64 `json:"ice"`  // of Took, until ICE found a way; the rest is DTLS
	Page float64 `json:"page"` // from opening the page
	// State is the way of ICE's states, with times.
	State string `json:"state"`
	Way   string `json:"way"`
}

// browse lets a real Chromium join, again and again, by the examinee's page,
// and checks by which way, if there is only one.
func browse(t *testing.T, b *bed, way string) {
	x := browser(t, b, chromedp.Flag("ignore-certificate-errors", true))
	x.enter(demoSeats(t, b.data)[0].ExamineeURL, watchJoins, 40*time.Second)
	x.see("identify-take", 40*time.Second)
	var took, pages []time.Duration
	ways := map[string]int{}
	for range joins {
		x.do("join", 40*time.Second, chromedp.Reload(), chromedp.Poll[chromedp.Void](`window.joined !== null`, chromedp.WithPollingInterval(20*time.Millisecond)))
		j, err := chromedp.Run(x.ctx, chromedp.Evaluate[join](`window.joined`))
		if err != nil {
			t.Fatal(err)
		}
		if ways[j.Way]++; way != "" && j.Way != way || way == "" && j.Way == "udp" {
			t.Errorf("she comes by %q", j.Way)
		}
		if j.Took > 1000 {
			t.Logf("slow: %+v", j)
		}
		took, pages = append(took, ms(j.Took)), append(pages, ms(j.Page))
	}
	within(t, took)
	t.Logf("F12: Chromium by %v: join %s; from opening the page %s", ways, spread(took), spread(pages))
}

func ms(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }

// within checks the requirement: all joins, and in time.
func within(t *testing.T, took []time.Duration) {
	t.Helper()
	if len(took) != joins {
		t.Errorf("%d of %d joined", len(took), joins)
	}
	for _, d := range took {
		if d > joinLimit {
			t.Errorf("a join took %v", d)
		}
	}
}

// throughTLS joins by a client that finds the relay in the Link header of one
// answer, as RFC 9725 §4.6 has it, and uses only its TLS address.
func throughTLS(t *testing.T, b *bed) {
	seat := demoSeats(t, b.data)[0]
	server := relayOf(t, seat)
	var took []time.Duration
	for range joins {
		took = append(took, joinBy(t, seat, server))
	}
	within(t, took)
	t.Logf("F12: TURN over TLS, pion: join %s", spread(took))
}

// relayOf reads the Link headers of an answer.
func relayOf(t *testing.T, seat demoSeat) webrtc.ICEServer {
	t.Helper()
	pc, offer := offerOf(t, webrtc.Configuration{})
	defer pc.Close()
	_, header := postOffer(t, seat, offer)
	for _, link := range header.Values("Link") {
		target, rest, _ := strings.Cut(link, ">; ")
		if !strings.HasPrefix(target, "<turns:") {
			continue
		}
		s := webrtc.ICEServer{URLs: []string{target[1:]}}
		for _, p := range strings.Split(rest, "; ") {
			name, value, _ := strings.Cut(p, "=")
			switch value = strings.Trim(value, `"`); name {
			case "username":
				s.Username = value
			case "credential":
				s.Credential = value
			}
		}
		return s
	}
	t.Fatalf("no relay over TLS in %q", header.Values("Link"))
	return webrtc.ICEServer{}
}

// offerOf is a connection that wants to publish video, and its offer.
func offerOf(t *testing.T, cfg webrtc.Configuration) (*webrtc.PeerConnection, string) {
	t.Helper()
	var se webrtc.SettingEngine
	se.SetRelayAcceptanceMinWait(0) // it has no better way to wait for
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(se)).NewPeerConnection(cfg)
	if err != nil {
		t.Fatal(err)
	}
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "video", "q")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return pc, pc.LocalDescription().SDP
}

func postOffer(t *testing.T, seat demoSeat, offer string) (answer string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, seat.WHIPURL, strings.NewReader(offer))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/sdp")
	r.Header.Set("Authorization", "Bearer "+seat.WHIPToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s, %v", resp.Status, body, err)
	}
	return string(body), resp.Header
}

// joinBy joins through one relay only and says how long it took.
func joinBy(t *testing.T, seat demoSeat, server webrtc.ICEServer) time.Duration {
	t.Helper()
	began := time.Now()
	pc, offer := offerOf(t, webrtc.Configuration{ICEServers: []webrtc.ICEServer{server}, ICETransportPolicy: webrtc.ICETransportPolicyRelay})
	defer pc.Close()
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	answer, _ := postOffer(t, seat, offer)
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-connected:
	case <-time.After(20 * time.Second):
		t.Fatal("she never gets in")
	}
	return time.Since(began)
}
