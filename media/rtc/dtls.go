package rtc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
)

// Bounds of the handshake.
const (
	dtlsQueue  = 64                     // datagrams that wait for it
	dtlsFlight = 400 * time.Millisecond // until a flight is sent again; a second would double the time to join over a bad link
	srtpWindow = 512                    // how far back a packet is still taken (RFC 3711 §3.3.2)
)

// handshake agrees on keys with the peer that owns one of the offer's
// certificates. The connection stays, for the peer to end it.
func (s *Session) handshake() (*dtls.Conn, *srtp.Context, error) {
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	conn, err := dtls.ServerWithOptions(pipe{s}, s.server.udp.LocalAddr(),
		dtls.WithCertificates(s.server.identity.certificate),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerify(true),      // certificates are self-signed: the fingerprint is what counts
		dtls.WithInsecureSkipVerifyHello(true), // the address has proved itself by ICE
		dtls.WithVerifyPeerCertificate(s.verify),
		dtls.WithFlightInterval(dtlsFlight),
		dtls.WithLoggerFactory(quiet))
	if err != nil {
		return nil, nil, fmt.Errorf("dtls: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), JoinTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return conn, nil, fmt.Errorf("dtls: %w", err)
	}
	in, err := s.keys(conn)
	return conn, in, err
}

// verify compares the certificate with the offer's fingerprints (RFC 8122 §6).
func (s *Session) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	if len(raw) == 0 {
		return errors.New("no certificate")
	}
	sum := sha256.Sum256(raw[0])
	if !slices.ContainsFunc(s.fingerprints, func(want []byte) bool { return bytes.Equal(want, sum[:]) }) {
		return errors.New("the certificate is not the offer's")
	}
	return nil
}

// keys makes the SRTP contexts (RFC 5764 §4.2): the sending one is put to use,
// the receiving one returned.
func (s *Session) keys(conn *dtls.Conn) (*srtp.Context, error) {
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, errors.New("dtls: no state")
	}
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errors.New("dtls: the peer wants no SRTP")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return nil, fmt.Errorf("srtp keys: %w", err)
	}
	in, err := srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile,
		srtp.SRTPReplayProtection(srtpWindow), srtp.SRTCPReplayProtection(64))
	if err != nil {
		return nil, fmt.Errorf("srtp keys: %w", err)
	}
	out, err := srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	if err != nil {
		return nil, fmt.Errorf("srtp keys: %w", err)
	}
	s.outMu.Lock()
	defer s.outMu.Unlock()
	s.out = out
	return in, nil
}

// pipe is the net.PacketConn that DTLS sees of a session.
type pipe struct{ s *Session }

func (p pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := p.s.dtls.Read(b, nil)
	return n, p.LocalAddr(), err
}

func (p pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	if err := p.s.sendPatiently(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close is the session's own business.
func (p pipe) Close() error                      { return nil }
func (p pipe) LocalAddr() net.Addr               { return p.s.server.udp.LocalAddr() }
func (p pipe) SetDeadline(t time.Time) error     { return p.SetReadDeadline(t) }
func (p pipe) SetReadDeadline(t time.Time) error { return p.s.dtls.SetReadDeadline(t) }
func (p pipe) SetWriteDeadline(time.Time) error  { return nil }
