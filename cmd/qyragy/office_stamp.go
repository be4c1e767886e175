package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"qyragy/acts"
	"qyragy/acts/gost"
)

// tsaFlags are the options of a time stamping service.
type tsaFlags struct {
	URL         string `name:"tsa" help:"A time stamping service (RFC 3161) for signatures by officials' own keys: http://host/path." env:"QYRAGY_TSA"`
	Certificate string `name:"tsa-certificate" type:"path" help:"File of its certificate, or of who issued that; RSA or GOST." env:"QYRAGY_TSA_CERTIFICATE"`
	Optional    bool   `name:"tsa-optional" help:"Sign without a time stamp where the service does not answer."`
}

// stamps has the signatures that officials' own keys make time-stamped
// (RFC 3161), if a service is configured.
type stamps struct {
	tsa      acts.Stamper // nil: there is none
	roots    []*gost.Certificate
	optional bool // sign without where it does not answer
	log      *slog.Logger
}

// openStamps reads the configuration's certificate file: the service's own, or
// who issued it, in PEM or DER.
func openStamps(c tsaFlags, log *slog.Logger) (stamps, error) {
	if c.URL == "" {
		return stamps{}, nil
	}
	data, err := os.ReadFile(c.Certificate)
	if err != nil {
		return stamps{}, fmt.Errorf("read the time stamping service's certificate (--tsa-certificate): %w", err)
	}
	root, err := gost.ParseCertificate(data)
	if err != nil {
		return stamps{}, fmt.Errorf("read the time stamping service's certificate: %w", err)
	}
	tsa, err := acts.NewTSA(c.URL, root)
	if err != nil {
		return stamps{}, err
	}
	return stamps{tsa, []*gost.Certificate{root}, c.Optional, log}, nil
}

// of is the stamp of one signature, or nil.
func (s stamps) of(ctx context.Context) acts.Stamp {
	switch {
	case s.tsa == nil:
		return nil
	case s.optional:
		return acts.PreferStamp(ctx, s.tsa, func(err error) { s.log.Warn("an act is signed without a time stamp", "err", err) })
	default:
		return acts.RequireStamp(ctx, s.tsa)
	}
}
