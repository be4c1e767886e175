package rtc

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Bounds of what a peer may send in one description.
const (
	MaxBody       = 64 << 10 // bytes of an offer or a fragment
	maxSections   = 8
	maxCandidates = 64
	maxCodecs     = 128
	maxExtensions = 32
)

// BadOffer is why an offer or a fragment is refused: one sentence for whoever
// wrote the client.
type BadOffer string

// Error implements error.
func (e BadOffer) Error() string { return string(e) }

// Offer is an SDP offer that has been checked (RFC 8829 §5.8): bundled, muxed
// sections of audio and video, at most one of each, with what ICE and DTLS need.
type Offer struct {
	Sections []Section // in the offer's order, one or two

	ufrag        string
	fingerprints [][]byte // SHA-256 of certificates that the peer may show
}

// Section is one media section of an offer.
type Section struct {
	Kind     string // "audio" or "video"
	MID      string
	Sends    bool    // the peer means to send
	Receives bool    // the peer means to receive
	Codecs   []Codec // in the peer's order of preference

	extensions []extension
}

// extension is a header extension that the peer would send (RFC 8285).
type extension struct {
	id  uint8 // 1..14
	uri string
}

// Extension returns the number under which the peer would send a header
// extension, if it would.
func (s Section) Extension(uri string) (id uint8, ok bool) {
	for _, e := range s.extensions {
		if e.uri == uri {
			return e.id, true
		}
	}
	return 0, false
}

// Codec is one payload type of a section.
type Codec struct {
	PayloadType uint8  // 0..127
	Name        string // as in its rtpmap, e.g. "VP8"
	Rate        uint32 // clock rate, Hz
	Channels    int    // of audio; 0 if the rtpmap names none
	Format      string // its fmtp parameters, "" if none
}

// Is compares a codec's name, which has no case (RFC 8866 §6.6).
func (c Codec) Is(name string) bool { return strings.EqualFold(c.Name, name) }

// Parameter returns a parameter of the codec's format, "" if it has none.
func (c Codec) Parameter(name string) string {
	for p := range strings.SplitSeq(c.Format, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// Section returns the section of a kind, nil if there is none.
func (o *Offer) Section(kind string) *Section {
	for i := range o.Sections {
		if o.Sections[i].Kind == kind {
			return &o.Sections[i]
		}
	}
	return nil
}

// ParseOffer checks an offer. Errors are BadOffer. Candidates are only
// counted: checks come to us, we contact nobody.
func ParseOffer(body []byte) (*Offer, error) {
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return nil, BadOffer("The offer is not valid SDP.")
	}
	if n := len(d.MediaDescriptions); n == 0 || n > maxSections {
		return nil, BadOffer(fmt.Sprintf("The offer has %d media sections, and may have 1 to %d.", n, maxSections))
	}
	o := &Offer{}
	candidates := count(d.Attributes, "candidate")
	for _, m := range d.MediaDescriptions {
		candidates += count(m.Attributes, "candidate")
		if err := o.section(&d, m); err != nil {
			return nil, err
		}
	}
	if candidates > maxCandidates {
		return nil, BadOffer(fmt.Sprintf("The offer has %d candidates, and may have %d.", candidates, maxCandidates))
	}
	return o, o.bundled(&d)
}

func count(attributes []sdp.Attribute, key string) (n int) {
	for _, a := range attributes {
		if a.Key == key {
			n++
		}
	}
	return n
}

// bundled checks that one transport serves all sections (RFC 9143).
func (o *Offer) bundled(d *sdp.SessionDescription) error {
	if len(o.Sections) == 1 {
		return nil
	}
	for _, a := range d.Attributes {
		words := strings.Fields(a.Value)
		if a.Key == "group" && len(words) > 0 && words[0] == "BUNDLE" &&
			!slices.ContainsFunc(o.Sections, func(s Section) bool { return !slices.Contains(words[1:], s.MID) }) {
			return nil
		}
	}
	return BadOffer("The sections must be bundled: one transport serves them all.")
}

// section checks one media section and takes note of it.
func (o *Offer) section(d *sdp.SessionDescription, m *sdp.MediaDescription) error {
	s := Section{Kind: m.MediaName.Media}
	var ok bool
	if s.MID, ok = m.Attribute("mid"); !ok || !token(s.MID, 32) ||
		slices.ContainsFunc(o.Sections, func(other Section) bool { return other.MID == s.MID }) {
		return BadOffer("Every media section needs a mid of its own.")
	}
	for _, name := range []string{"simulcast", "rid"} {
		if _, ok := m.Attribute(name); ok {
			return BadOffer("Simulcast is not accepted: send one encoding.")
		}
	}
	if s.Kind != "audio" && s.Kind != "video" {
		return BadOffer("Only audio and video sections are accepted.")
	}
	if o.Section(s.Kind) != nil {
		return BadOffer("At most one audio and one video section are accepted.")
	}
	if _, ok := m.Attribute("rtcp-mux"); !ok {
		return BadOffer("The offer needs rtcp-mux: one port serves RTP and RTCP.")
	}
	s.Sends, s.Receives = directions(d, m)
	s.extensions = extensions(m)
	var err error
	if s.Codecs, err = codecs(m); err != nil {
		return err
	}
	if err := o.secure(d, m); err != nil {
		return err
	}
	o.Sections = append(o.Sections, s)
	return nil
}

// directions reads RFC 8866 §6.7.
func directions(d *sdp.SessionDescription, m *sdp.MediaDescription) (sends, receives bool) {
	has := func(name string) bool {
		if _, ok := m.Attribute(name); ok {
			return true
		}
		_, ok := d.Attribute(name)
		return ok
	}
	switch {
	case has(sdp.AttrKeyInactive):
		return false, false
	case has(sdp.AttrKeyRecvOnly):
		return false, true
	case has(sdp.AttrKeySendOnly):
		return true, false
	default:
		return true, true
	}
}

// extensions lists the header extensions that a peer would send, of those with
// a number that fits both forms of the header (RFC 8285 §5).
func extensions(m *sdp.MediaDescription) (out []extension) {
	for _, a := range m.Attributes {
		words := strings.Fields(a.Value)
		if a.Key != "extmap" || len(words) < 2 || len(out) >= maxExtensions {
			continue
		}
		number, direction, _ := strings.Cut(words[0], "/")
		id, err := strconv.ParseUint(number, 10, 8)
		if err != nil || id < 1 || id > 14 || direction == sdp.AttrKeyRecvOnly || direction == sdp.AttrKeyInactive {
			continue
		}
		out = append(out, extension{uint8(id), words[1]})
	}
	return out
}

// codecs lists a section's payload types that have an rtpmap.
func codecs(m *sdp.MediaDescription) ([]Codec, error) {
	if len(m.MediaName.Formats) > maxCodecs || len(m.Attributes) > 16*maxCodecs {
		return nil, BadOffer("A media section lists too many codecs.")
	}
	maps, formats := map[string]string{}, map[string]string{}
	for _, a := range m.Attributes {
		pt, value, ok := strings.Cut(a.Value, " ")
		switch {
		case !ok:
		case a.Key == "rtpmap":
			maps[pt] = value
		case a.Key == "fmtp":
			formats[pt] = value
		}
	}
	var out []Codec
	for _, pt := range m.MediaName.Formats {
		n, err := strconv.ParseUint(pt, 10, 7)
		if err != nil || maps[pt] == "" || !printable(formats[pt]) {
			continue
		}
		c := Codec{PayloadType: uint8(n), Format: formats[pt]}
		parts := strings.Split(maps[pt], "/")
		if len(parts) < 2 || !token(parts[0], 32) {
			continue
		}
		rate, err := strconv.ParseUint(parts[1], 10, 32)
		if err != nil || rate == 0 {
			continue
		}
		c.Name, c.Rate = parts[0], uint32(rate)
		if len(parts) > 2 {
			c.Channels, _ = strconv.Atoi(parts[2]) // 0, none, if it is no number
		}
		out = append(out, c)
	}
	return out, nil
}

// secure takes the transport's secrets of a section: those of the first hold
// for the whole bundle.
func (o *Offer) secure(d *sdp.SessionDescription, m *sdp.MediaDescription) error {
	get := func(name string) string {
		if v, ok := m.Attribute(name); ok {
			return v
		}
		v, _ := d.Attribute(name)
		return v
	}
	ufrag, pwd := get("ice-ufrag"), get("ice-pwd")
	if !iceChars(ufrag, 4) || !iceChars(pwd, 22) || get("fingerprint") == "" {
		return BadOffer("The offer needs ice-ufrag, ice-pwd and fingerprint: only DTLS-SRTP over ICE is spoken here.")
	}
	if get("setup") == "passive" {
		return BadOffer("The offer must let its sender be DTLS's client: setup is actpass or active.")
	}
	if o.ufrag != "" {
		return nil
	}
	o.ufrag = ufrag
	for _, a := range slices.Concat(m.Attributes, d.Attributes) {
		method, value, _ := strings.Cut(a.Value, " ")
		if a.Key != "fingerprint" || !strings.EqualFold(method, "sha-256") {
			continue
		}
		sum, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(value), ":", ""))
		if err != nil || len(sum) != 32 || len(o.fingerprints) >= maxSections {
			return BadOffer("The offer's fingerprint is not a SHA-256.")
		}
		o.fingerprints = append(o.fingerprints, sum)
	}
	if len(o.fingerprints) == 0 {
		return BadOffer("The offer needs a sha-256 fingerprint.")
	}
	return nil
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

// token checks that s can stand in an answer as it is: 1 to most printable
// characters without spaces.
func token(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.Contains(s, " ") && printable(s)
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(s) <= 512
}
