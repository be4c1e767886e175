package acts

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
)

// ForceSign signs as role i without asking whether the signer may: what a
// thief of keys could make. Verify must still refuse it.
func ForceSign(pdf []byte, i int, s Signer, o SignOptions) ([]byte, error) {
	return read(pdf, nil).append(i, s, o)
}

// Retrailer recomputes revision 1's identifier after its bytes were changed.
func Retrailer(pdf []byte) []byte {
	f := &file{}
	objects, end, ok := f.readObjects(pdf)
	if !ok || f.readPrivateOf(objects) != nil {
		return pdf
	}
	return append(pdf[:end:end], trailer1(pdf[:end], len(objects), f.spare[2], f.xref)...)
}

func (f *file) readPrivateOf(objects [][]byte) error {
	f.size, f.first = len(objects), len(objects)-8
	return f.readPrivate(objects[f.size-2])
}

// HighS rewrites the last signature of pdf as its other ECDSA form.
func HighS(pdf []byte) ([]byte, error) {
	at := bytes.LastIndex(pdf, []byte("/Contents <")) + 10
	der, err := readContents(pdf[at : at+2*contentsLength+2])
	if err != nil {
		return nil, err
	}
	chain, value, err := readCMS(der)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &v); err != nil {
		return nil, err
	}
	v.S.Sub(elliptic.P256().Params().N, v.S)
	if value, err = asn1.Marshal(v); err != nil {
		return nil, err
	}
	der, err = buildCMS(coveredDigest(pdf, at), chain, value)
	if err != nil {
		return nil, err
	}
	out := bytes.Clone(pdf)
	copy(out[at+1:], bytes.Repeat([]byte{'0'}, 2*contentsLength))
	hex.Encode(out[at+1:], der)
	return out, nil
}
