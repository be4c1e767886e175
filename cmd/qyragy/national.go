package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// nationalFlags say which national certificates may sign. Nothing of the
// authority is in this program: an administrator names its certificates.
type nationalFlags struct {
	Roots      string   `name:"national-roots" help:"Directory of the national authority's roots and intermediates, PEM or DER; without it nobody signs with NCALayer." env:"QYRAGY_NATIONAL_ROOTS"`
	CRL        string   `name:"national-crl" help:"Directory of its revocation lists, looked at again when they change." env:"QYRAGY_NATIONAL_CRL"`
	CRLURL     []string `name:"national-crl-url" help:"Addresses to fetch revocation lists from." env:"QYRAGY_NATIONAL_CRL_URL"`
	OCSP       string   `name:"national-ocsp" help:"Address of its OCSP responder." env:"QYRAGY_NATIONAL_OCSP"`
	Revocation string   `name:"national-revocation" default:"prefer" enum:"prefer,require" help:"'require' refuses a signature when nobody can say whether the certificate is revoked; 'prefer' accepts it, and the act says so." env:"QYRAGY_NATIONAL_REVOCATION"`
	BIN        string   `name:"organisation-bin" help:"BIN of the organisation whose officials' certificates may sign; without it private persons' may too." env:"QYRAGY_ORGANISATION_BIN"`
}

// paths are what must become absolute before the working directory changes.
func (f *nationalFlags) paths() []*string { return []*string{&f.Roots, &f.CRL} }

const (
	maxAuthorities = 64      // certificates in --national-roots
	maxBundle      = 1 << 20 // bytes of one of its files
	ocspTimeout    = 5 * time.Second
	maxOCSPAnswer  = 64 << 10
)

// national is the trust in the national PKI.
type national struct {
	roots, between []*gost.Certificate
	bin            string
	require        bool
	ocsp           string // "" asks nobody
	lists          *nationalLists
	client         *http.Client
	log            *slog.Logger
}

// openNational reads the authority's certificates and the lists at hand. It
// returns nil where no roots are named. Lists that are fetched are kept in the
// directory keep.
func openNational(f nationalFlags, keep string, log *slog.Logger) (*national, error) {
	if f.Roots == "" {
		if f.CRL != "" || len(f.CRLURL) > 0 || f.OCSP != "" || f.BIN != "" {
			return nil, errors.New("--national-roots is missing: without it the other options of the national PKI mean nothing")
		}
		return nil, nil
	}
	if f.BIN != "" && (len(f.BIN) != 12 || strings.Trim(f.BIN, "0123456789") != "") {
		return nil, errors.New("--organisation-bin: a BIN has 12 digits")
	}
	for _, address := range append([]string{f.OCSP}, f.CRLURL...) {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("%q of the national PKI is no address: http://host/path", address)
		}
	}
	all, err := readAuthorities(f.Roots)
	if err != nil {
		return nil, fmt.Errorf("--national-roots: %w", err)
	}
	n := &national{bin: f.BIN, require: f.Revocation == "require", ocsp: f.OCSP, log: log, client: &http.Client{Timeout: ocspTimeout}}
	for _, c := range all {
		if c.SelfSigned() {
			n.roots = append(n.roots, c)
		} else {
			n.between = append(n.between, c)
		}
	}
	if len(n.roots) == 0 {
		return nil, fmt.Errorf("--national-roots: there is no root in %s", f.Roots)
	}
	n.lists, err = openLists(f, keep, all, log)
	return n, err
}

// readAuthorities reads every certificate in a directory.
func readAuthorities(dir string) (all []*gost.Certificate, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.IsDir() || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, f.Name())
		data, err := readBounded(path, maxBundle)
		if err != nil {
			return nil, err
		}
		for _, one := range splitPEM(data) {
			c, err := gost.ParseCertificate(one)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if !c.CA {
				return nil, fmt.Errorf("%s: %s is no authority", path, c.Subject.CommonName)
			}
			if all = append(all, c); len(all) > maxAuthorities {
				return nil, fmt.Errorf("%s holds more than %d certificates", dir, maxAuthorities)
			}
		}
	}
	return all, nil
}

// splitPEM returns a file's PEM blocks, or the file if it has none.
func splitPEM(data []byte) (parts [][]byte) {
	for rest := data; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		parts = append(parts, pem.EncodeToMemory(b))
	}
	if len(parts) == 0 {
		return [][]byte{data}
	}
	return parts
}

func readBounded(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", path, info.Size(), most)
	}
	return os.ReadFile(path)
}

// options are what a signature is held against now.
func (n *national) options(iin string, at time.Time) gost.Options {
	return gost.Options{
		Roots: n.roots, Intermediates: n.between, Lists: n.lists.all(), At: at, IIN: iin, BIN: n.bin,
	}
}

// verify checks a detached CMS in DER over covered by the person with this
// IIN, and returns who signed and what was asked about her certificate.
func (n *national) verify(ctx context.Context, cms, covered []byte, iin string, at time.Time) (gost.Signer, proctor.Revocation, error) {
	if attached, err := gost.Attached(cms); err != nil || attached {
		return gost.Signer{}, "", refused(cmp.Or(err, error(gost.RefusedAttached)))
	}
	o := n.options(iin, at)
	s, err := gost.VerifyCMS(cms, covered, o)
	if err != nil {
		return s, "", refused(err)
	}
	asked := proctor.RevocationUnknown
	if s.Listed {
		asked = proctor.RevocationCRL
	}
	if n.ocsp != "" && len(s.Chain) > 1 {
		switch err := n.ask(ctx, s.Certificate, s.Chain[1], o); {
		case err == nil:
			asked = proctor.RevocationOCSP
		case errors.Is(err, gost.RefusedRevoked):
			return s, "", refused(err)
		default:
			n.log.Warn("nobody says whether a certificate is revoked", "responder", n.ocsp, "err", err)
		}
	}
	if asked == proctor.RevocationUnknown && n.require {
		return s, "", refused(gost.RefusedListMissing)
	}
	return s, asked, nil
}

// ask asks the responder about c.
func (n *national) ask(ctx context.Context, c, issuer *gost.Certificate, o gost.Options) error {
	q, err := gost.AskOCSP(c, issuer)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.ocsp, bytes.NewReader(q.DER))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	answer, err := fetchBounded(n.client, r, maxOCSPAnswer)
	if err != nil {
		return err
	}
	return q.Check(answer, o)
}

// refused turns a Refusal into the error that a person reads. What is wrong
// with the letter is Invalid, what is wrong with its signer is Forbidden.
func refused(err error) error {
	var r gost.Refusal
	if !errors.As(err, &r) {
		return err
	}
	kind := proctor.Forbidden
	switch r {
	case gost.RefusedFormat, gost.RefusedSigners, gost.RefusedNoDocument, gost.RefusedDocument, gost.RefusedValue,
		gost.RefusedAttributes, gost.RefusedSwapped, gost.RefusedCertificate, gost.RefusedTimestamp, gost.RefusedTooLong,
		gost.RefusedContradicted, gost.RefusedAttached, gost.RefusedPublicKey:
		kind = proctor.Invalid
	}
	return fmt.Errorf("%w: %w", proctor.Errorf(kind, string(r)), err)
}
