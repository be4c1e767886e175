package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"qyragy/media"
	"qyragy/media/relay"
	"qyragy/proctor"
	"qyragy/web"
)

// reach is how examinees come through to the media engine where UDP does not.
type reach struct {
	server *relay.Server // nil with --no-turn
	secret []byte
	urls   []string
	udp    string // port of TURN over UDP, "" for none
	ice    []int  // ports of ICE over TCP
}

// isLocal reports whether a host means this machine only.
func isLocal(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// mediaAddress completes --udp: media is on the interfaces that the pages are
// on, unless it names its own.
func mediaAddress(udp, web string) (string, error) {
	host, port, err := net.SplitHostPort(udp)
	if err != nil {
		return "", fmt.Errorf("--udp %s: %w", udp, err)
	}
	switch {
	case host != "":
	case isLocal(web):
		host = "127.0.0.1"
	default:
		host = "0.0.0.0"
	}
	return net.JoinHostPort(host, port), nil
}

// openICETCP makes the media engine take ICE over TCP at its own port number
// and at the web server's.
func (s *server) openICETCP(cfg *media.Config) error {
	if !s.cfg.ICETCP {
		return s.front.ICE.Close()
	}
	own, err := net.Listen("tcp4", cfg.UDP)
	if err != nil {
		return fmt.Errorf("listen for media over TCP (--no-ice-tcp does without): %w", err)
	}
	s.front.Feed(s.front.ICE, own)
	cfg.TCP = s.front.ICE
	cfg.TCPPorts = []int{own.Addr().(*net.TCPAddr).Port}
	if port := s.webPort(); port != cfg.TCPPorts[0] {
		cfg.TCPPorts = append(cfg.TCPPorts, port)
	}
	s.turn.ice = cfg.TCPPorts
	return nil
}

// openTURN starts the relay behind the web server's port.
func (s *server) openTURN(ctx context.Context) (err error) {
	if !s.cfg.TURN {
		return s.front.TURN.Close()
	}
	if s.turn.secret, err = s.journal.Secret(ctx, "turn", 32); err != nil {
		return err
	}
	inside := s.media.Addr()
	if inside.Addr().IsUnspecified() {
		inside = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), inside.Port())
	}
	cfg := relay.Config{Secret: s.turn.secret, Realm: "qyragy", Media: inside, Peers: s.media.Announced, TCP: s.front.TURN}
	host, port := s.webHost()
	if s.cfg.TURNUDP != "" {
		if cfg.UDP, err = net.ListenPacket("udp4", s.cfg.TURNUDP); err != nil {
			return fmt.Errorf("listen for TURN (--turn-udp names another address): %w", err)
		}
		s.turn.udp = strconv.Itoa(cfg.UDP.LocalAddr().(*net.UDPAddr).Port)
		s.turn.urls = append(s.turn.urls, "turn:"+net.JoinHostPort(host, s.turn.udp)+"?transport=udp")
	}
	if s.secure || strings.HasPrefix(s.base, "http:") {
		s.turn.urls = append(s.turn.urls, "turn:"+net.JoinHostPort(host, port)+"?transport=tcp")
	}
	if strings.HasPrefix(s.base, "https:") {
		s.turn.urls = append(s.turn.urls, "turns:"+net.JoinHostPort(host, port)+"?transport=tcp")
	}
	if s.turn.server, err = relay.New(cfg); err != nil {
		return err
	}
	s.later(s.turn.server.Close)
	return nil
}

// iceServers is what a seat's page is told of the relay.
func (s *server) iceServers(seat proctor.SeatID) []web.ICEServer {
	if s.turn.server == nil {
		return nil
	}
	c := relay.Issue(s.turn.secret, string(seat), time.Now())
	return []web.ICEServer{{URLs: slices.Clone(s.turn.urls), Username: c.Username, Credential: c.Password}}
}

// links says the same to clients that are no page (RFC 9725 §4.6). Those who
// watch a seat have a quota of their own.
func (s *server) links(seat proctor.SeatID, watches bool) []string {
	if s.turn.server == nil {
		return nil
	}
	user := string(seat)
	if watches {
		user = "watch:" + user
	}
	c := relay.Issue(s.turn.secret, user, time.Now())
	var out []string
	for _, u := range s.turn.urls {
		out = append(out, fmt.Sprintf(`<%s>; rel="ice-server"; username="%s"; credential="%s"; credential-type="password"`, u, c.Username, c.Password))
	}
	return out
}

// ports lists what an examinee's network must let through, the best way first.
func (s *server) ports() []string {
	host, port := s.webHost()
	media := host
	if len(s.cfg.PublicIP) > 0 {
		media = s.cfg.PublicIP[0].String()
	}
	out := []string{net.JoinHostPort(media, strconv.Itoa(int(s.media.Addr().Port()))) + "/udp"}
	for _, p := range s.turn.ice {
		out = append(out, net.JoinHostPort(media, strconv.Itoa(p))+"/tcp")
	}
	if web := net.JoinHostPort(host, port) + "/tcp"; !slices.Contains(out, web) {
		out = append(out, web)
	}
	if s.turn.udp != "" {
		out = slices.Insert(out, 1, net.JoinHostPort(host, s.turn.udp)+"/udp")
	}
	return out
}
