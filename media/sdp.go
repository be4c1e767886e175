package media

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// Bounds of what a peer may send us in one request.
const (
	maxBody       = 64 << 10
	maxSections   = 8
	maxCandidates = 64
)

// badOffer is a sentence for whoever wrote the client.
type badOffer string

func (e badOffer) Error() string { return string(e) }

// offer is an SDP offer that has passed our checks.
type offer struct {
	sdp          string // without candidates: an ICE-lite server needs none
	video, audio bool
	// recordable: the video may be VP8 or VP9; sends: it is offered to us.
	recordable, sends bool
}

// parseOffer checks an offer before any of it reaches the WebRTC library, and
// takes the candidates out: checks come to us, we contact nobody.
func parseOffer(body []byte) (offer, error) {
	var o offer
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return o, badOffer("The offer is not valid SDP.")
	}
	if len(d.MediaDescriptions) == 0 || len(d.MediaDescriptions) > maxSections {
		return o, badOffer(fmt.Sprintf("The offer has %d media sections, and may have 1 to %d.", len(d.MediaDescriptions), maxSections))
	}
	candidates := 0
	mids := map[string]bool{}
	d.Attributes = withoutCandidates(d.Attributes, &candidates)
	for _, m := range d.MediaDescriptions {
		m.Attributes = withoutCandidates(m.Attributes, &candidates)
		mid, ok := m.Attribute("mid")
		if !ok || mid == "" || len(mid) > 32 || mids[mid] {
			return o, badOffer("Every media section needs a mid of its own.")
		}
		mids[mid] = true
		if err := o.section(m); err != nil {
			return o, err
		}
		if !anywhere(&d, m, "fingerprint") || !anywhere(&d, m, "ice-ufrag") || !anywhere(&d, m, "ice-pwd") {
			return o, badOffer("The offer needs ice-ufrag, ice-pwd and fingerprint: only DTLS-SRTP over ICE is spoken here.")
		}
	}
	if candidates > maxCandidates {
		return o, badOffer(fmt.Sprintf("The offer has %d candidates, and may have %d.", candidates, maxCandidates))
	}
	out, err := d.Marshal()
	if err != nil {
		return o, badOffer("The offer is not valid SDP.")
	}
	o.sdp = string(out)
	return o, nil
}

// section takes note of one media section.
func (o *offer) section(m *sdp.MediaDescription) error {
	for _, name := range []string{"simulcast", "rid"} {
		if _, ok := m.Attribute(name); ok {
			return badOffer("Simulcast is not accepted: send one encoding.")
		}
	}
	seen := &o.video
	switch m.MediaName.Media {
	case "video":
	case "audio":
		seen = &o.audio
	default:
		return badOffer("Only audio and video sections are accepted.")
	}
	if *seen {
		return badOffer("At most one audio and one video section are accepted.")
	}
	*seen = true
	if m.MediaName.Media == "video" {
		o.recordable, o.sends = recordable(m), sends(m)
	}
	return nil
}

// recordable reports whether a video section offers a codec that is recorded.
func recordable(m *sdp.MediaDescription) bool {
	return slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool {
		_, codec, _ := strings.Cut(strings.ToUpper(a.Value), " ")
		return a.Key == "rtpmap" && (strings.HasPrefix(codec, "VP8/") || strings.HasPrefix(codec, "VP9/"))
	})
}

// sends reports whether the peer means to send in a section (RFC 8866 §6.7).
func sends(m *sdp.MediaDescription) bool {
	for _, silent := range []string{sdp.AttrKeyRecvOnly, sdp.AttrKeyInactive} {
		if _, ok := m.Attribute(silent); ok {
			return false
		}
	}
	return true
}

func anywhere(d *sdp.SessionDescription, m *sdp.MediaDescription, name string) bool {
	if v, ok := m.Attribute(name); ok {
		return v != ""
	}
	v, ok := d.Attribute(name)
	return ok && v != ""
}

func withoutCandidates(attributes []sdp.Attribute, n *int) []sdp.Attribute {
	return slices.DeleteFunc(attributes, func(a sdp.Attribute) bool {
		if a.Key == "candidate" {
			*n++
		}
		return a.Key == "candidate" || a.Key == "end-of-candidates" || a.Key == "remote-candidates"
	})
}

// tuneAnswer asks a publisher for 60 ms audio packets (a third of all packets
// less) and names the bandwidth for video.
func tuneAnswer(answer string, kbps int) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return "", fmt.Errorf("tune answer: %w", err)
	}
	for _, m := range d.MediaDescriptions {
		switch m.MediaName.Media {
		case "audio":
			m.Attributes = append(m.Attributes, sdp.NewAttribute("ptime", "60"), sdp.NewAttribute("maxptime", "60"))
		case "video":
			m.Bandwidth = append(m.Bandwidth, sdp.Bandwidth{Type: "AS", Bandwidth: uint64(kbps)})
		}
	}
	out, err := d.Marshal()
	if err != nil {
		return "", fmt.Errorf("tune answer: %w", err)
	}
	return string(out), nil
}

// fragment is what an SDP fragment of RFC 8840 says.
type fragment struct {
	ufrag, pwd string
	candidates int
}

// parseFragment reads a trickle-ice-sdpfrag.
func parseFragment(body []byte) (fragment, error) {
	var f fragment
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		switch {
		case line == "":
			continue
		case len(line) < 2 || line[1] != '=':
			return f, badOffer("The body is not an SDP fragment.")
		}
		if v, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok {
			f.ufrag = v
		} else if v, ok := strings.CutPrefix(line, "a=ice-pwd:"); ok {
			f.pwd = v
		} else if strings.HasPrefix(line, "a=candidate:") {
			f.candidates++
		}
	}
	switch {
	case lines.Err() != nil:
		return f, badOffer("The body is not an SDP fragment.")
	case f.candidates > maxCandidates:
		return f, badOffer(fmt.Sprintf("The fragment has %d candidates, and may have %d.", f.candidates, maxCandidates))
	case !iceChars(f.ufrag, 4) && f.ufrag != "" || !iceChars(f.pwd, 22) && f.pwd != "":
		return f, badOffer("The fragment's ice-ufrag or ice-pwd is not valid.")
	}
	return f, nil
}

// iceChars checks RFC 8839 §5.4's grammar: at least n ice-chars.
func iceChars(s string, n int) bool {
	if len(s) < n || len(s) > 256 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/') {
			return false
		}
	}
	return true
}

// withCredentials is an earlier offer with the ICE credentials of a restart.
func withCredentials(offer string, f fragment) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(offer); err != nil {
		return "", err
	}
	replace := func(attributes []sdp.Attribute) {
		for i := range attributes {
			switch attributes[i].Key {
			case "ice-ufrag":
				attributes[i].Value = f.ufrag
			case "ice-pwd":
				attributes[i].Value = f.pwd
			}
		}
	}
	replace(d.Attributes)
	for _, m := range d.MediaDescriptions {
		replace(m.Attributes)
	}
	out, err := d.Marshal()
	return string(out), err
}

// answerFragment is what of an answer belongs into the reply to an ICE restart.
func answerFragment(answer string) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return "", err
	}
	var head, body strings.Builder
	head.WriteString("a=ice-lite\r\n")
	for i, m := range d.MediaDescriptions {
		for _, a := range m.Attributes {
			switch a.Key {
			case "ice-ufrag", "ice-pwd":
				if i == 0 {
					fmt.Fprintf(&head, "a=%s:%s\r\n", a.Key, a.Value)
				}
			case "mid":
				fmt.Fprintf(&body, "m=%s 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:%s\r\n", m.MediaName.Media, a.Value)
			}
		}
		for _, a := range m.Attributes {
			if i == 0 && a.Key == "candidate" {
				fmt.Fprintf(&body, "a=candidate:%s\r\n", a.Value)
			}
		}
	}
	return head.String() + body.String() + "a=end-of-candidates\r\n", nil
}
