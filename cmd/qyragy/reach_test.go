package main

import (
	"slices"
	"testing"
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
