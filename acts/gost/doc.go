// Package gost verifies signatures made with the keys of Kazakhstan's National
// Certification Authority (NUC): GOST R 34.10-2012 with 512 bits (in Kazakhstan
// GOST 34.10-2015) over GOST R 34.11-2012, and the authority's older RSA keys.
// It reads its certificates, revocation lists and CMS signatures, as NCALayer
// returns them, and says for each signature that it refuses why.
//
// It verifies only: it holds no private keys, makes no network requests, and is
// not constant-time, since everything it computes on is public. It knows one
// curve, id-tc26-gost-3410-12-512-paramSetA, under its Kazakh and its TC 26
// names, and no 256-bit keys.
package gost
