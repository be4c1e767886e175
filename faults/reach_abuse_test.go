package faults_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"
)

// unfinished (A30) floods the server with joins that never finish: offers of
// one seat, idle connections, half handshakes. Another seat must get in
// meanwhile as if nothing were going on.
func unfinished(t *testing.T, b *bed) {
	all := demoSeats(t, b.data)
	pc, offer := offerOf(t, webrtc.Configuration{})
	defer pc.Close()
	server := relayOf(t, all[1])
	stop := make(chan struct{})
	var bots sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for range 8 {
		bots.Go(func() {
			for range 10_000 / 8 {
				r, err := http.NewRequest(http.MethodPost, all[0].WHIPURL, strings.NewReader(offer))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/sdp")
				r.Header.Set("Authorization", "Bearer "+all[0].WHIPToken)
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				mu.Lock()
				answers[resp.StatusCode]++
				mu.Unlock()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	idle := 0
	var idlers []net.Conn
	bots.Go(func() {
		for ; idle < 6000; idle++ {
			c, err := net.DialTimeout("tcp", siteWeb, 10*time.Second)
			if err != nil {
				t.Logf("idle connection %d: %v", idle, err)
				return
			}
			idlers = append(idlers, c)
			c.Write([][]byte{nil, {0x16, 3, 1}, {0, 1, 0, 0}}[idle%3])
		}
	})
	var took []time.Duration
	for range joins {
		took = append(took, joinBy(t, all[1], server))
	}
	close(stop)
	bots.Wait()
	for _, c := range idlers {
		c.Close()
	}
	within(t, took)
	t.Logf("A30: offers of one seat answered %v, %d connections that say nothing: another seat's join %s", answers, idle, spread(took))
}

// elsewhere are addresses that no candidate and no relay may lead to.
func elsewhere() []string {
	return []string{"127.0.0.1", "127.0.0.53", "0.0.0.0", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "203.0.113.77",
		"224.0.0.1", "255.255.255.255", "8.8.8.8", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "victim.local", "victim.example"}
}

// noPackets (A03, A04) names such addresses as candidates, in offers and
// trickled, and as peers of the relay, and counts what the server sends.
func noPackets(t *testing.T, b *bed, site string) {
	nft := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("ip", append([]string{"netns", "exec", site, "nft"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("nft %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	nft("add", "table", "inet", "out")
	nft("add", "chain", "inet", "out", "o", "{ type filter hook output priority 0; }")
	// Between relay and media port it may.
	nft("add", "rule", "inet", "out", "o", "oifname", "lo", "udp", "dport", "8189", "accept")
	nft("add", "rule", "inet", "out", "o", "oifname", "lo", "udp", "sport", "8189", "accept")
	nft("add", "rule", "inet", "out", "o", "meta", "l4proto", "udp", "counter")
	nft("add", "rule", "inet", "out", "o", "tcp", "flags", "&", "(syn|ack)", "==", "syn", "counter")

	seat := demoSeats(t, b.data)[0]
	var lines strings.Builder
	for i, ip := range elsewhere() {
		fmt.Fprintf(&lines, "a=candidate:%d 1 udp 2130706431 %s 5353 typ host\r\na=candidate:%d 1 tcp 1518280447 %s 80 typ host tcptype passive\r\n", i, ip, i, ip)
	}
	pc, offer := offerOf(t, webrtc.Configuration{})
	defer pc.Close()
	offer = regexp.MustCompile(`a=(candidate|end-of-candidates).*\r\n`).ReplaceAllString(offer, "")
	_, header := postOffer(t, seat, offer+lines.String())
	ufrag := regexp.MustCompile(`a=ice-(ufrag|pwd):.*\r\n`).FindAllString(offer, 2)
	patch, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "https://"+siteIP+header.Get("Location"),
		strings.NewReader(strings.Join(ufrag, "")+"m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"+lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	patch.Header.Set("Content-Type", "application/trickle-ice-sdpfrag")
	patch.Header.Set("If-Match", header.Get("ETag"))
	patch.Header.Set("Authorization", "Bearer "+seat.WHIPToken)
	resp, err := http.DefaultClient.Do(patch)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("trickled candidates: %s", resp.Status)
	}
	throughRelay(t, relayOf(t, seat))
	time.Sleep(3 * time.Second)
	found := regexp.MustCompile(`packets (\d+)`).FindAllStringSubmatch(nft("list", "table", "inet", "out"), -1)
	if len(found) != 2 {
		t.Fatalf("%d counters", len(found))
	}
	if found[0][1] != "0" || found[1][1] != "0" {
		t.Errorf("the server sent %s datagrams and opened %s connections", found[0][1], found[1][1])
	}
	t.Logf("A03, A04: %d addresses as candidates, trickled and as peers of the relay: %s datagrams, %s connections", len(elsewhere()), found[0][1], found[1][1])
}

// throughRelay asks the relay for every such address, and sends there whatever
// it answered.
func throughRelay(t *testing.T, server webrtc.ICEServer) {
	t.Helper()
	conn, err := tls.Dial("tcp", siteWeb, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cl, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: siteWeb, Conn: turn.NewSTUNConn(conn), Username: server.Username,
		Password: server.Credential.(string), LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard}})
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.Listen(); err != nil {
		t.Fatal(err)
	}
	relay, err := cl.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	own := &net.UDPAddr{IP: net.ParseIP(siteIP), Port: 5353} // a permission for the address is one for this port too
	if err := cl.CreatePermission(own); err != nil {
		t.Errorf("the media address is refused: %v", err)
	}
	for _, host := range elsewhere() {
		to := &net.UDPAddr{IP: net.ParseIP(host), Port: 5353}
		if to.IP == nil {
			continue // a name
		}
		if err := cl.CreatePermission(to); err == nil {
			t.Errorf("a permission for %s", host)
		}
		_, _ = relay.WriteTo([]byte("hello, neighbour, how do you do"), to) // refused or dropped
	}
	if _, err := relay.WriteTo([]byte("hello, other port, how do you do"), own); err != nil {
		t.Errorf("%v: %v", own, err)
	}
}
