package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"qyragy/acts/gost"
)

// soon is how long before the end of an authority's certificate the doctor
// speaks up.
const soon = 60 * 24 * time.Hour

// checkNational looks at the national authority's certificates and lists. It
// asks nobody: of a list that is fetched it sees what the server kept.
func (c *doctorCmd) checkNational(context.Context) (string, error) {
	n, err := openNational(c.National, filepath.Join(c.Data, "national"), slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	if n == nil {
		return "not configured: nobody signs with NCALayer", nil
	}
	now := time.Now()
	var first *gost.Certificate
	for _, a := range append(n.roots[:len(n.roots):len(n.roots)], n.between...) {
		if first == nil || a.NotAfter.Before(first.NotAfter) {
			first = a
		}
	}
	said := fmt.Sprintf("%d roots, %d intermediates, %d revocation lists", len(n.roots), len(n.between), len(n.lists.all()))
	ends := fmt.Sprintf("%s: the certificate of %s ends on %s", said, first.Subject.CommonName, first.NotAfter.Format(time.DateOnly))
	switch problems := n.lists.stale(now); {
	case now.After(first.NotAfter) && len(n.roots)+len(n.between) == 1:
		return "", fmt.Errorf("%s", ends)
	case len(problems) > 0 && n.require && n.ocsp == "":
		return "", fmt.Errorf("%s: %s; nobody can sign until there is a current list", said, strings.Join(problems, "; "))
	case len(problems) > 0:
		return "", warning(said + ": " + strings.Join(problems, "; "))
	case now.Add(soon).After(first.NotAfter):
		return "", warning(ends)
	case !n.lists.wanted() && n.ocsp == "":
		return "", warning(said + ": nobody asks whether a certificate is revoked; name --national-crl-url or --national-ocsp")
	}
	return ends + "; the lists are current", nil
}
