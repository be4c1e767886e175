package rtc

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// Fragment is what an SDP fragment of RFC 8840 §9 says: trickled candidates,
// which an ICE-lite agent does not need, or the credentials of an ICE restart.
type Fragment struct {
	Ufrag, Password string // "" unless it is a restart
}

// Restart reports whether the fragment asks for an ICE restart.
func (f Fragment) Restart() bool { return f.Ufrag != "" && f.Password != "" }

// ParseFragment reads a trickle-ice-sdpfrag. Errors are BadOffer.
func ParseFragment(body []byte) (Fragment, error) {
	var f Fragment
	candidates := 0
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		switch {
		case line == "":
			continue
		case len(line) < 2 || line[1] != '=':
			return f, BadOffer("The body is not an SDP fragment.")
		}
		if v, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok {
			f.Ufrag = v
		} else if v, ok := strings.CutPrefix(line, "a=ice-pwd:"); ok {
			f.Password = v
		} else if strings.HasPrefix(line, "a=candidate:") {
			candidates++
		}
	}
	switch {
	case lines.Err() != nil:
		return f, BadOffer("The body is not an SDP fragment.")
	case candidates > maxCandidates:
		return f, BadOffer(fmt.Sprintf("The fragment has %d candidates, and may have %d.", candidates, maxCandidates))
	case !iceChars(f.Ufrag, 4) && f.Ufrag != "" || !iceChars(f.Password, 22) && f.Password != "":
		return f, BadOffer("The fragment's ice-ufrag or ice-pwd is not valid.")
	}
	return f, nil
}
