package acts

import (
	"context"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// Stamper is a time stamping authority (RFC 3161).
type Stamper interface {
	// Stamp returns a token, the DER of a SignedData, over a SHA-256.
	Stamp(ctx context.Context, digest [32]byte) (token []byte, err error)
}

// Stamp has one signature value stamped, given its SHA-256. It returns no
// token if the signature is to do without.
type Stamp func(digest [32]byte) (token []byte, err error)

// RequireStamp stamps by s; without a stamp there is no signature.
func RequireStamp(ctx context.Context, s Stamper) Stamp {
	return func(digest [32]byte) ([]byte, error) { return s.Stamp(ctx, digest) }
}

// PreferStamp stamps by s if it answers. Otherwise the signature goes without
// and lost is told why, from the goroutine that signs.
func PreferStamp(ctx context.Context, s Stamper, lost func(error)) Stamp {
	return func(digest [32]byte) ([]byte, error) {
		token, err := s.Stamp(ctx, digest)
		if err != nil {
			lost(err)
			return nil, nil
		}
		return token, nil
	}
}

// oidStamp is the unsigned attribute that holds a token: RFC 3161, appendix A.
func oidStamp() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
}

// stampValue asks for a token over a signature's value and reads it, so that
// nothing is kept that Verify would refuse.
func stampValue(value []byte, stamp Stamp) ([]byte, error) {
	token, err := stamp(sha256.Sum256(value))
	if err != nil || token == nil {
		return nil, err
	}
	if _, err := ownStamp(token, value, nil); err != nil {
		return nil, proctor.Errorf(proctor.Unavailable, "stamp_unreadable")
	}
	return token, nil
}

// ownStamp checks a token over the value of a signature by an official's own
// key. One whose algorithm is not known proves nothing and is refused.
func ownStamp(token, value []byte, roots []*gost.Certificate) (*gost.Timestamp, error) {
	t, err := gost.VerifyTimestamp(token, value, gost.Options{Roots: roots})
	if err == nil && errors.Is(t.Problem, gost.RefusedAlgorithm) {
		return nil, t.Problem
	}
	return t, err
}

// unsigned is the SignerInfo's unsigned attributes with a token.
func unsigned(token []byte) (asn1.RawValue, error) {
	der, err := asn1.MarshalWithParams([]attribute{{oidStamp(), []asn1.RawValue{{FullBytes: token}}}}, "set")
	if err != nil {
		return asn1.RawValue{}, fmt.Errorf("encode time stamp: %w", err)
	}
	der[0] = 0xA1 // [1] IMPLICIT in place of SET
	return asn1.RawValue{FullBytes: der}, nil
}

// readUnsigned takes the token out again.
func readUnsigned(v asn1.RawValue) ([]byte, error) {
	if len(v.FullBytes) == 0 {
		return nil, nil
	}
	var a []attribute
	der := append([]byte{0x31}, v.FullBytes[1:]...)
	rest, err := asn1.UnmarshalWithParams(der, &a, "set")
	if err != nil || len(rest) > 0 || len(a) != 1 || !a[0].Type.Equal(oidStamp()) || len(a[0].Value) != 1 {
		return nil, errShape
	}
	return a[0].Value[0].FullBytes, nil
}

// stampedAt is when a time stamping authority saw a signature.
type stampedAt struct {
	at      time.Time
	by      string
	trusted bool
}

func stampOf(t *gost.Timestamp) stampedAt {
	if t == nil {
		return stampedAt{}
	}
	return stampedAt{t.Time, t.Authority, t.Trusted}
}
