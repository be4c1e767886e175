package acts

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"qyragy/proctor"
)

// detached is one signature taken out of an act, and how to put together again
// the bytes that it covers: the file's first Before, and After from From on.
type detached struct {
	File   string       `json:"file"`
	Role   proctor.Role `json:"role"`
	Before int          `json:"bytes_before"`
	From   int          `json:"bytes_from"`
	After  int          `json:"bytes_after"`
	// trust are the words that tell OpenSSL whom to trust; "" says that it
	// knows nothing of the algorithm (GOST).
	trust string
	der   []byte
}

// extract takes every signature out of a file that has been verified.
func extract(pdf []byte, r Report, national bool) ([]detached, error) {
	form := regexp.MustCompile(`^/ByteRange \[0 (\d{1,10}) (\d{1,10}) (\d{1,10})\]`)
	var out []detached
	for i, s := range r.Signatures {
		// The last range of the signed bytes is this signature's own: no text
		// of a person stands in them behind it but as UTF-16.
		at := bytes.LastIndex(pdf[:s.Covers], []byte("/ByteRange ["))
		if at < 0 {
			return nil, fmt.Errorf("signature %d has no range", i+1)
		}
		m := form.FindSubmatch(pdf[at:s.Covers])
		if m == nil {
			return nil, fmt.Errorf("signature %d has no range", i+1)
		}
		var n [3]int
		for j := range n {
			n[j], _ = strconv.Atoi(string(m[j+1])) // ten digits at most
		}
		if n[0] >= n[1] || n[1]+n[2] != s.Covers {
			return nil, fmt.Errorf("signature %d covers other bytes than it should", i+1)
		}
		der, err := unpad(pdf[n[0]:n[1]])
		if err != nil {
			return nil, fmt.Errorf("signature %d: %w", i+1, err)
		}
		out = append(out, detached{fmt.Sprintf("signatures/%d-%s.p7s", i+1, s.Role), s.Role, n[0], n[1], n[2], trustOf(s, national), der})
	}
	return out, nil
}

// trustOf is whom a signature leads to, for OpenSSL.
func trustOf(s Signature, national bool) string {
	switch {
	case s.Method != proctor.MethodNCALayer:
		return "-CAfile authority.pem -purpose any"
	case !strings.HasPrefix(s.Algorithm, "RSA"):
		return ""
	case national:
		return "-CAfile " + nationalName + " -purpose any"
	default:
		return "-noverify" // of the certificate; the signature is checked
	}
}

// unpad decodes "<hex of DER, zeros>" and cuts the zeros off.
func unpad(b []byte) ([]byte, error) {
	raw, err := hex.DecodeString(strings.Trim(string(b), "<>"))
	if err != nil || len(raw) < 4 || raw[0] != 0x30 || raw[1] < 0x81 || raw[1] > 0x83 {
		return nil, errShape
	}
	size, n := int(raw[1]&0x0f), 0
	if len(raw) < 2+size {
		return nil, errShape
	}
	for _, c := range raw[2 : 2+size] {
		n = n<<8 | int(c)
	}
	if n += 2 + size; n > len(raw) {
		return nil, errShape
	}
	return raw[:n], nil
}

// Tail is where tail(1) begins to read, which counts from 1.
func (d detached) Tail() int { return d.From + 1 }

// Trust is trust, for the README.
func (d detached) Trust() string { return d.trust }

// Covered is the name of the file that the README puts the signed bytes in.
func (d detached) Covered() string {
	return strings.TrimSuffix(strings.TrimPrefix(d.File, "signatures/"), ".p7s") + ".bin"
}
