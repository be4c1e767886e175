package rtc

import (
	"errors"
	"strings"
	"testing"
)

// FuzzFragment: a PATCH's body never panics and never yields credentials that
// could break out of an SDP line.
func FuzzFragment(f *testing.F) {
	f.Add([]byte("a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 X 0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		g, err := ParseFragment(body)
		if err != nil {
			if !errors.As(err, new(BadOffer)) {
				t.Fatal(err)
			}
			return
		}
		if strings.ContainsAny(g.Ufrag+g.Password, "\r\n :") {
			t.Fatalf("%q", g)
		}
	})
}
