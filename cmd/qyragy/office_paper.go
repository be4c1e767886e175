package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"qyragy/proctor"
)

// paper takes in prints of acts that were signed by hand, and has other
// officials attest them. It implements web.Paper.
type paper struct {
	*office
	reader scanReader
}

// Scan implements web.Paper.
func (p *paper) Scan(ctx context.Context, person proctor.Person, id proctor.ActID, version int, data []byte) (proctor.Act, error) {
	var a proctor.Act
	if err := p.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return a, err
	}
	if a.Version != version || a.Next() == "" || a.Document.Digest == "" {
		return a, proctor.Errorf(proctor.Conflict, "act_changed")
	}
	found, err := p.reader.read(data)
	if err != nil {
		return a, err
	}
	code, err := a.ReadCode(found.code)
	if err != nil {
		return a, err
	}
	sum := sha256.Sum256(data)
	key := fmt.Sprintf("acts/%s/scan-%s.%s", a.ID, hex.EncodeToString(sum[:8]), found.ext)
	receipt, err := p.store.put(ctx, key, data, keepActs, found.kind)
	if err != nil {
		return a, fmt.Errorf("keep a scan: %w", err)
	}
	return p.engine.ScanAct(ctx, person, id, proctor.Scan{
		Version: version, Receipt: receipt, Kind: found.kind, Pages: found.pages, Code: code,
	})
}

// ScanFile implements web.Paper.
func (p *paper) ScanFile(ctx context.Context, id proctor.ActID, scan proctor.ScanID) ([]byte, string, error) {
	c, err := p.scanOf(id, scan)
	if err != nil {
		return nil, "", err
	}
	data, err := p.store.get(ctx, c.Receipt)
	return data, c.Kind, err
}

func (p *paper) scanOf(id proctor.ActID, scan proctor.ScanID) (proctor.Scan, error) {
	var a proctor.Act
	if err := p.engine.ViewAct(id, func(_ *proctor.State, at *proctor.Act) { a = *at }); err != nil {
		return proctor.Scan{}, err
	}
	n := slices.IndexFunc(a.Scans, func(c proctor.Scan) bool { return c.ID == scan })
	if n < 0 {
		return proctor.Scan{}, proctor.Errorf(proctor.NotFound, "scan")
	}
	return a.Scans[n], nil
}
