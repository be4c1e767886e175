package rtc

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Reply is what to answer to one section of an offer.
type Reply struct {
	// Codec is the one codec to use; its zero value rejects the section.
	Codec Codec
	// Send makes the section sendonly, for media to the peer; else it is
	// recvonly.
	Send bool
	// Kbps is the bandwidth to name, kbit/s; 0 names none.
	Kbps int
	// Attributes are further lines without "a=".
	Attributes []string
}

func (r Reply) rejected() bool { return r.Codec.Name == "" }

// describe writes the session's answer (RFC 8829 §5.3), candidates included.
func (s *Session) describe(o *Offer, replies []Reply) string {
	var bundle []string
	var body strings.Builder
	c := s.credentials()
	for i, section := range o.Sections {
		if replies[i].rejected() {
			fmt.Fprintf(&body, "m=%s 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:%s\r\n", section.Kind, section.MID)
			continue
		}
		bundle = append(bundle, section.MID)
		s.describeSection(&body, section, replies[i], c)
		if len(bundle) == 1 {
			for _, candidate := range s.server.candidates {
				fmt.Fprintf(&body, "a=candidate:%s\r\n", candidate)
			}
			body.WriteString("a=end-of-candidates\r\n")
		}
	}
	var head strings.Builder
	fmt.Fprintf(&head, "v=0\r\no=- %d 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=fingerprint:sha-256 %s\r\n",
		rand.Int64(), s.server.identity.fingerprint)
	if len(bundle) > 0 {
		fmt.Fprintf(&head, "a=group:BUNDLE %s\r\n", strings.Join(bundle, " "))
	}
	head.WriteString("a=msid-semantic: WMS *\r\n")
	return head.String() + body.String()
}

func (s *Session) describeSection(b *strings.Builder, section Section, r Reply, c credentials) {
	pt := r.Codec.PayloadType
	fmt.Fprintf(b, "m=%s 9 UDP/TLS/RTP/SAVPF %d\r\nc=IN IP4 0.0.0.0\r\n", section.Kind, pt)
	if r.Kbps > 0 {
		fmt.Fprintf(b, "b=AS:%d\r\n", r.Kbps)
	}
	fmt.Fprintf(b, "a=setup:passive\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=rtcp-mux\r\na=rtcp-rsize\r\n", section.MID, c.ufrag, c.pwd)
	fmt.Fprintf(b, "a=rtpmap:%d %s/%d", pt, r.Codec.Name, r.Codec.Rate)
	if r.Codec.Channels > 1 {
		fmt.Fprintf(b, "/%d", r.Codec.Channels)
	}
	b.WriteString("\r\n")
	if r.Codec.Format != "" {
		fmt.Fprintf(b, "a=fmtp:%d %s\r\n", pt, r.Codec.Format)
	}
	if section.Kind == "video" {
		for _, feedback := range []string{"goog-remb", "ccm fir", "nack", "nack pli"} {
			fmt.Fprintf(b, "a=rtcp-fb:%d %s\r\n", pt, feedback)
		}
	}
	for _, line := range r.Attributes {
		fmt.Fprintf(b, "a=%s\r\n", line)
	}
	if !r.Send {
		b.WriteString("a=recvonly\r\n")
		return
	}
	ssrc := s.Sender(section.Kind).ssrc
	fmt.Fprintf(b, "a=sendonly\r\na=msid:qyragy %s\r\na=ssrc:%d cname:qyragy\r\na=ssrc:%d msid:qyragy %s\r\n", section.Kind, ssrc, ssrc, section.Kind)
}

// fragment is the reply to an ICE restart (RFC 9725 §4.3.3).
func (s *Session) fragment() string {
	var b strings.Builder
	c := s.credentials()
	fmt.Fprintf(&b, "a=ice-lite\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", c.ufrag, c.pwd)
	for i, section := range s.sections {
		fmt.Fprintf(&b, "m=%s 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:%s\r\n", section.Kind, section.MID)
		if i == 0 {
			for _, candidate := range s.server.candidates {
				fmt.Fprintf(&b, "a=candidate:%s\r\n", candidate)
			}
		}
	}
	return b.String() + "a=end-of-candidates\r\n"
}
