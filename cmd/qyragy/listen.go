package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"qyragy/media/relay"
)

// openListener opens the port of the pages, which TURN and ICE over TCP share.
func (s *server) openListener(context.Context) (err error) {
	config, err := s.cfg.tlsConfig(s.log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for browsers (--listen names another address): %w", err)
	}
	s.front = relay.NewFront(listener, config, s.log)
	s.later(s.front.Close)
	scheme := "http"
	if s.secure = config != nil; s.secure {
		scheme = "https"
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return fmt.Errorf("read the listening address: %w", err)
	}
	if s.base, s.origins, err = addresses(scheme, s.cfg.Listen, port); err != nil {
		return err
	}
	switch {
	case s.cfg.BaseURL != "":
		s.base = strings.TrimSuffix(s.cfg.BaseURL, "/")
	case len(s.cfg.ACME) > 0:
		s.base = "https://" + s.cfg.ACME[0]
	}
	return nil
}

// addresses says how browsers reach this server: the first for links, all as
// origins. Listening everywhere over TLS it is a LAN's own address, because
// only there a certificate of our own is of use.
func addresses(scheme, listen, port string) (base string, all []string, err error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return "", nil, fmt.Errorf("--listen %s: %w", listen, err)
	}
	at := func(host string) string {
		if port == map[string]string{"http": "80", "https": "443"}[scheme] { // browsers leave it out of an Origin
			return scheme + "://" + strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		return at(host), []string{at(host)}, nil
	}
	all = []string{at("localhost")}
	if name, err := os.Hostname(); err == nil {
		all = append(all, at(name))
	}
	lan := ""
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", nil, fmt.Errorf("list this machine's addresses: %w", err)
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		all = append(all, at(n.IP.String()))
		if lan == "" && n.IP.To4() != nil && !n.IP.IsLoopback() {
			lan = at(n.IP.String())
		}
	}
	if scheme == "https" && lan != "" {
		return lan, all, nil
	}
	return all[0], all, nil
}

// webPort is the port that browsers reach the pages at.
func (s *server) webPort() int {
	_, port := s.webHost()
	n, err := strconv.Atoi(port)
	if err != nil {
		return s.front.Pages.Addr().(*net.TCPAddr).Port
	}
	return n
}

// webHost is where browsers reach the pages.
func (s *server) webHost() (host, port string) {
	u, err := url.Parse(s.base)
	if err != nil {
		return "localhost", ""
	}
	port = u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return u.Hostname(), port
}
