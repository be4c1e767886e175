package acts

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// TSA asks a time stamping authority over HTTP (RFC 3161, 3.4). It is used by
// any number of goroutines.
type TSA struct {
	url    string
	roots  []*gost.Certificate
	client *http.Client
}

var _ Stamper = (*TSA)(nil)

const (
	stampPatience = 10 * time.Second // for one answer
	maxStamp      = 12 << 10         // bytes of an answer: what stampRoom has place for
)

// NewTSA stamps at url and believes no answer that does not lead to one of
// roots, the authority's own certificate or who issued it, by RSA or GOST.
func NewTSA(url string, roots ...*gost.Certificate) (*TSA, error) {
	if len(roots) == 0 {
		return nil, errors.New("time stamps need the authority's certificate")
	}
	for _, c := range roots {
		if !c.Signs() {
			return nil, fmt.Errorf("time stamps: %s: %w", c.Subject.CommonName, gost.RefusedAlgorithm)
		}
	}
	return &TSA{url, slices.Clone(roots), &http.Client{Timeout: stampPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// stampRequest is RFC 3161, 2.4.1.
type stampRequest struct {
	Version int
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Nonce       *big.Int
	Certificate bool
}

// stampAnswer is RFC 3161, 2.4.2.
type stampAnswer struct {
	Status struct {
		Status int
		Text   asn1.RawValue  `asn1:"optional"`
		Fail   asn1.BitString `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

// Stamp implements Stamper. Its error is of the kind Unavailable.
func (t *TSA) Stamp(ctx context.Context, digest [32]byte) ([]byte, error) {
	token, err := t.stamp(ctx, digest)
	if err != nil {
		return nil, errors.Join(proctor.Errorf(proctor.Unavailable, "stamp_unavailable"), fmt.Errorf("time stamp: %w", err))
	}
	return token, nil
}

func (t *TSA) stamp(ctx context.Context, digest [32]byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, err
	}
	q := stampRequest{Version: 1, Nonce: nonce, Certificate: true}
	q.Imprint.Algorithm, q.Imprint.Digest = sha256Identifier(), digest[:]
	body, err := asn1.Marshal(q)
	if err != nil {
		return nil, err
	}
	answer, err := t.ask(ctx, body)
	if err != nil {
		return nil, err
	}
	var a stampAnswer
	if rest, err := asn1.Unmarshal(answer, &a); err != nil || len(rest) > 0 {
		return nil, errors.New("this is no answer to a request for a time stamp")
	}
	if a.Status.Status > 1 || len(a.Token.FullBytes) == 0 {
		return nil, fmt.Errorf("refused with status %d", a.Status.Status)
	}
	stamp, err := gost.VerifyTimestampOf(a.Token.FullBytes, digest, gost.Options{Roots: t.roots})
	if err == nil {
		err = stamp.Problem
	}
	if err != nil {
		return nil, err
	}
	if stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0 {
		return nil, errors.New("the answer is to another request")
	}
	return a.Token.FullBytes, nil
}

// ask posts a request and reads the answer's body.
func (t *TSA) ask(ctx context.Context, body []byte) (answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	w, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Body.Close()) }()
	if w.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", w.StatusCode)
	}
	answer, err = io.ReadAll(io.LimitReader(w.Body, maxStamp+1))
	if err == nil && len(answer) > maxStamp {
		err = errors.New("the answer is too long")
	}
	return answer, err
}
