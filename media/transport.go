package media

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// socketBuffer is the kernel's receive buffer of the media socket: the default
// of 208 KiB drops packets as soon as the server is late.
const socketBuffer = 4 << 20

// ICE timeouts. 30 s without a packet end a session: that is how long consent
// lasts (RFC 7675 §5.1), and shorter outages must heal by themselves.
const (
	iceDisconnected = 5 * time.Second
	iceFailed       = 25 * time.Second
	iceKeepAlive    = 2 * time.Second
)

// transport is what all PeerConnections share: one UDP socket, one DTLS
// certificate, two sets of codecs and interceptors.
type transport struct {
	conn    *net.UDPConn
	mux     ice.UDPMux
	tcp     ice.TCPMux
	config  webrtc.Configuration
	publish *webrtc.API // receives
	view    *webrtc.API // sends
}

func newTransport(cfg Config) (*transport, error) {
	address := cfg.UDP
	if address == "" {
		address = ":0"
	}
	addr, err := net.ResolveUDPAddr("udp4", address)
	if err != nil {
		return nil, fmt.Errorf("media socket: %w", err)
	}
	if addr.IP == nil && cfg.Loopback && len(cfg.PublicIPs) == 0 {
		addr.IP = net.IPv4(127, 0, 0, 1)
	}
	t := &transport{}
	if t.conn, err = net.ListenUDP("udp4", addr); err != nil {
		return nil, fmt.Errorf("media socket: %w", err)
	}
	// Refused beyond net.core.rmem_max: then the kernel gives what it may.
	if err := t.conn.SetReadBuffer(socketBuffer); err != nil {
		return nil, errors.Join(fmt.Errorf("media socket: %w", err), t.conn.Close())
	}
	if err := t.build(cfg); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *transport) build(cfg Config) error {
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	t.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: t.conn, Logger: quiet.NewLogger("ice")})
	cert, err := newCertificate()
	if err != nil {
		return err
	}
	t.config.Certificates = []webrtc.Certificate{*cert}
	se, err := t.settings(cfg, quiet)
	if err != nil {
		return err
	}
	if t.publish, err = newAPI(se, publisherInterceptors); err != nil {
		return err
	}
	t.view, err = newAPI(se, viewerInterceptors)
	return err
}

// settings are ICE-lite: the server only answers checks, so no offer can make
// it send anything anywhere first.
func (t *transport) settings(cfg Config, quiet logging.LoggerFactory) (webrtc.SettingEngine, error) {
	var se webrtc.SettingEngine
	se.LoggerFactory = quiet
	se.SetLite(true)
	se.SetICEUDPMux(t.mux)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4}
	if cfg.TCP != nil {
		t.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{Listener: cfg.TCP, Logger: quiet.NewLogger("ice"),
			ReadBufferSize: 64, WriteBufferSize: 4 << 20, FirstStunBindTimeout: joinTimeout, AliveDurationForConnFromStun: joinTimeout})
		se.SetICETCPMux(t.tcp)
		networks = append(networks, webrtc.NetworkTypeTCP4)
	}
	se.SetNetworkTypes(networks)
	se.DisableActiveTCP(true)
	se.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	se.SetIncludeLoopbackCandidate(cfg.Loopback)
	se.SetICETimeouts(iceDisconnected, iceFailed, iceKeepAlive)
	se.SetSRTPReplayProtectionWindow(window)
	if err := se.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return se, fmt.Errorf("media settings: %w", err)
	}
	if len(cfg.PublicIPs) > 0 {
		rule := webrtc.ICEAddressRewriteRule{AsCandidateType: webrtc.ICECandidateTypeHost}
		for _, ip := range cfg.PublicIPs {
			rule.External = append(rule.External, ip.String())
		}
		if err := se.SetICEAddressRewriteRules(rule); err != nil {
			return se, fmt.Errorf("media settings: public addresses: %w", err)
		}
	}
	return se, nil
}

// newCertificate makes the DTLS certificate of this run. Peers check its
// fingerprint and nothing else; it must outlive the process.
func newCertificate() (*webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("media certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("media certificate: %w", err)
	}
	now := time.Now()
	cert, err := webrtc.NewCertificate(key, x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "WebRTC"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(10, 0, 0),
	})
	if err != nil {
		return nil, fmt.Errorf("media certificate: %w", err)
	}
	return cert, nil
}

// newAPI registers the codecs that can be recorded, and only the interceptors
// that are needed: the default set would cost half as much CPU again. Without
// RTX a publisher sends a lost packet again as it was.
func newAPI(se webrtc.SettingEngine, add func(*interceptor.Registry) error) (*webrtc.API, error) {
	var me webrtc.MediaEngine
	feedback := []webrtc.RTCPFeedback{{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	err := errors.Join(
		me.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}}, webrtc.RTPCodecTypeAudio),
		me.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}}, webrtc.RTPCodecTypeVideo),
		me.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 98, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP9, ClockRate: 90000, SDPFmtpLine: "profile-id=0", RTCPFeedback: feedback}}, webrtc.RTPCodecTypeVideo),
	)
	if err != nil {
		return nil, fmt.Errorf("media codecs: %w", err)
	}
	var registry interceptor.Registry
	if err := add(&registry); err != nil {
		return nil, fmt.Errorf("media interceptors: %w", err)
	}
	return webrtc.NewAPI(webrtc.WithSettingEngine(se), webrtc.WithMediaEngine(&me), webrtc.WithInterceptorRegistry(&registry)), nil
}

// publisherInterceptors adds none: feedback comes from reception, because an
// interceptor is a goroutine and a timer for each publisher.
func publisherInterceptors(*interceptor.Registry) error { return nil }

func viewerInterceptors(r *interceptor.Registry) error {
	responder, err := nack.NewResponderInterceptor(nack.ResponderSize(window))
	if err != nil {
		return err
	}
	reports, err := report.NewSenderInterceptor()
	if err != nil {
		return err
	}
	r.Add(responder)
	r.Add(reports)
	return nil
}

func (t *transport) close() error {
	var errs []error
	if t.tcp != nil {
		errs = append(errs, t.tcp.Close())
	}
	if t.mux != nil {
		errs = append(errs, t.mux.Close())
	}
	if err := t.conn.Close(); !errors.Is(err, net.ErrClosed) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
