package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// checkTCP opens the ports that browsers come to: the pages' and the media's.
func (c *doctorCmd) checkTCP(context.Context) (string, error) {
	web, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("--listen %s: %w", c.Listen, err)
	}
	media, err := mediaAddress(c.UDP, web)
	if err != nil {
		return "", err
	}
	for _, addr := range []string{c.Listen, media} {
		l, err := net.Listen("tcp", addr)
		switch {
		case errors.Is(err, unix.EACCES):
			return "", fmt.Errorf("this user may not open %s: run as root, or with CAP_NET_BIND_SERVICE", addr)
		case err != nil:
			return "", fmt.Errorf("%w; another program has it", err)
		}
		l.Close()
	}
	if c.TURNUDP != "" {
		u, err := net.ListenPacket("udp4", c.TURNUDP)
		if err != nil {
			return "", fmt.Errorf("--turn-udp: %w", err)
		}
		u.Close()
	}
	return fmt.Sprintf("%s (pages, TURN, ICE over TCP) and %s (ICE over TCP) are free", c.Listen, media), nil
}

// checkAddress asks whether the name that browsers use leads here.
func (c *doctorCmd) checkAddress(ctx context.Context) (string, error) {
	if c.BaseURL == "" {
		return "no --base-url: browsers must be on this machine or its network", nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Hostname() == "" {
		return "", fmt.Errorf("--base-url %s is no address", c.BaseURL)
	}
	if u.Scheme != "https" && !isLocal(u.Hostname()) {
		return "", fmt.Errorf("browsers give no camera to %s: it must be https", c.BaseURL)
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, u.Hostname())
	if err != nil {
		return "", fmt.Errorf("ask for %s: %w", u.Hostname(), err)
	}
	own := slices.Clone(c.PublicIP)
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("list this machine's addresses: %w", err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			own = append(own, n.IP)
		}
	}
	for _, f := range found {
		if slices.ContainsFunc(own, f.IP.Equal) {
			return fmt.Sprintf("%s is %s, which is here", u.Hostname(), f.IP), nil
		}
	}
	return "", warning(fmt.Sprintf("%s is %s, which is none of this machine's addresses: behind NAT, name it with --public-ip", u.Hostname(), found[0].IP))
}

// renewBefore is how long before its end a certificate is worth a look.
const renewBefore = 14 * 24 * time.Hour

// checkCertificate looks at the site's certificate as browsers would.
func (c *doctorCmd) checkCertificate(context.Context) (string, error) {
	if c.TLSCert == "" {
		return "no --tls-cert", nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return "", fmt.Errorf("load the site's certificate: %w", err)
	}
	leaf := pair.Leaf
	if u, err := url.Parse(c.BaseURL); err == nil && u.Hostname() != "" {
		if err := leaf.VerifyHostname(u.Hostname()); err != nil {
			return "", fmt.Errorf("it is not %s's: %w", u.Hostname(), err)
		}
	}
	left := time.Until(leaf.NotAfter)
	if left < 0 {
		return "", fmt.Errorf("it ended on %s", leaf.NotAfter.Format(time.DateOnly))
	}
	said := "good until " + leaf.NotAfter.Format(time.DateOnly)
	if left < renewBefore {
		return "", warning(said + ": renew it")
	}
	between := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if more, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(more)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between}); err != nil {
		return "", warning(said + ", but not from an authority that this machine knows: is the chain in the file?")
	}
	return said, nil
}

// checkBus joins the outside message bus.
func (c *doctorCmd) checkBus(ctx context.Context) (string, error) {
	if c.NATS == "" {
		return "inside", nil
	}
	b, err := openBus(c.NATS)
	if err != nil {
		return "", err
	}
	defer b.close()
	u, err := url.Parse(c.NATS)
	if err == nil && u.Scheme != "tls" && !isLocal(u.Hostname()) {
		return "", warning("joined, but key frames of faces go there without TLS: use tls://")
	}
	if !b.attended(ctx) {
		return "", warning("joined, and no detector is listening there")
	}
	return "joined, and detectors are listening", nil
}

// wantFiles is room for a thousand seats over TCP, their sockets and segments.
const wantFiles = 8192

// checkFiles asks how many files the server may have open.
func (c *doctorCmd) checkFiles(context.Context) (string, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return "", fmt.Errorf("ask for the limit of open files: %w", err)
	}
	said := fmt.Sprintf("%d may be open at a time", l.Max)
	if l.Max < wantFiles {
		return "", warning(said + ": LimitNOFILE=65536 for a large exam")
	}
	if b, err := os.ReadFile("/proc/sys/net/core/rmem_max"); err == nil && len(strings.TrimSpace(string(b))) < len("4194304") {
		return "", warning(said + "; net.core.rmem_max is " + strings.TrimSpace(string(b)) + ", and the media socket wants 4194304")
	}
	return said, nil
}
