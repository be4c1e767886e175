package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"qyragy/proctor"
)

// Tokens issues and checks the bearer tokens of WHIP (RFC 9725 §4.7). A token
// is base64url of: one byte of kind, eight bytes of expiry (big-endian Unix
// seconds) and an HMAC-SHA256 over both and the seat. It has one algorithm and
// no header, so there is nothing to confuse.
type Tokens struct {
	secret []byte
	now    func() time.Time
}

const (
	tokenPublish byte = 'p'
	tokenMachine byte = 'm'
	tokenBytes        = 1 + 8 + sha256.Size
)

// NewTokens returns Tokens under a secret of at least 32 bytes.
func NewTokens(secret []byte, now func() time.Time) *Tokens {
	return &Tokens{secret: secret, now: now}
}

// Issue returns a token to publish to seat for ttl. A machine's token also
// stands for consent and admission.
func (t *Tokens) Issue(seat proctor.SeatID, machine bool, ttl time.Duration) string {
	raw := make([]byte, 9, tokenBytes)
	raw[0] = tokenPublish
	if machine {
		raw[0] = tokenMachine
	}
	binary.BigEndian.PutUint64(raw[1:], uint64(t.now().Add(ttl).Unix()))
	return base64.RawURLEncoding.EncodeToString(t.mac(raw, raw, seat))
}

// Check reports whether token may publish to seat, and whether it is a
// machine's. Every refusal is ErrUnauthorized.
func (t *Tokens) Check(token string, seat proctor.SeatID) (machine bool, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return false, ErrUnauthorized
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return false, ErrUnauthorized
	}
	if !hmac.Equal(raw[9:], t.mac(nil, raw[:9], seat)) {
		return false, ErrUnauthorized
	}
	expires := binary.BigEndian.Uint64(raw[1:9])
	if now := t.now().Unix(); now < 0 || uint64(now) >= expires {
		return false, ErrUnauthorized
	}
	return raw[0] == tokenMachine, nil
}

// mac appends the MAC of payload and seat to dst. The label keeps the key's
// other uses apart.
func (t *Tokens) mac(dst, payload []byte, seat proctor.SeatID) []byte {
	h := hmac.New(sha256.New, t.secret)
	h.Write([]byte("qyragy publish v1\x00"))
	h.Write(payload)
	h.Write([]byte(seat))
	return h.Sum(dst)
}
