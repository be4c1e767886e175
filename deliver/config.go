package deliver

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"qyragy/proctor"
)

// Config is the file of systems, as docs/DELIVERY.md describes it.
type Config struct {
	// AlarmAfter is how long a delivery may be on its way before people are
	// told, e.g. "15m"; "" is 15 minutes.
	AlarmAfter string         `json:"alarm_after"`
	Systems    []SystemConfig `json:"systems"`
}

// SystemConfig is one system of it.
type SystemConfig struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "ags", "moodle", "webhook" or "csv"
	// Does: "scores", "times" or both; by default what its kind does well.
	Does []string `json:"does"`

	URL      string `json:"url"`       // of Moodle or the webhook
	Platform string `json:"platform"`  // AGS: how its line items begin
	TokenURL string `json:"token_url"` // AGS
	ClientID string `json:"client_id"` // AGS
	KeyID    string `json:"key_id"`    // AGS
	KeyFile  string `json:"key_file"`  // AGS: RSA private key, PEM
	Dir      string `json:"dir"`       // CSV: where the files go
	// The token of Moodle or the secret of the webhook, in a file or in an
	// environment variable; never in here.
	SecretFile string `json:"secret_file"`
	SecretEnv  string `json:"secret_env"`
}

// Set is what a Config opens to.
type Set struct {
	Systems map[string]System
	// Default are the systems of an exam that names none.
	Default    proctor.ExamRecord
	AlarmAfter time.Duration
}

// DefaultAlarm is Config.AlarmAfter if it says nothing.
const DefaultAlarm = 15 * time.Minute

// None is what a server without a configuration has: people carry everything
// out by hand.
func None() Set { return Set{Systems: map[string]System{}, AlarmAfter: DefaultAlarm} }

// Load reads a configuration. Files that it names are relative to it.
func Load(path string) (Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Set{}, fmt.Errorf("read the systems of record: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var c Config
	if err := d.Decode(&c); err != nil {
		return Set{}, fmt.Errorf("read the systems of record: %s: %w", path, err)
	}
	out := None()
	if c.AlarmAfter != "" {
		if out.AlarmAfter, err = time.ParseDuration(c.AlarmAfter); err != nil || out.AlarmAfter < time.Minute {
			return Set{}, fmt.Errorf("read the systems of record: alarm_after %q is no time of a minute or more", c.AlarmAfter)
		}
	}
	for _, s := range c.Systems {
		if err := out.add(s, filepath.Dir(path)); err != nil {
			return Set{}, fmt.Errorf("read the systems of record: %q: %w", s.Name, err)
		}
	}
	return out, out.Default.Validate()
}

func (o *Set) add(s SystemConfig, dir string) error {
	if s.Name == "" || s.Name == proctor.ByHand || o.Systems[s.Name] != nil {
		return errors.New("each system needs a name of its own, and \"hand\" is taken")
	}
	system, does, err := s.open(dir)
	if err != nil {
		return err
	}
	if s.Does != nil {
		does = s.Does
	}
	for _, what := range does {
		switch {
		case what == "scores":
			o.Default.Scores = append(o.Default.Scores, s.Name)
		case what == "times" && s.Kind != "ags":
			o.Default.Times = append(o.Default.Times, s.Name)
		default:
			return fmt.Errorf("it does no %q", what)
		}
	}
	o.Systems[s.Name] = system
	return nil
}

// open makes the system, and says what its kind does well.
func (s SystemConfig) open(dir string) (System, []string, error) {
	in := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, p)
	}
	both := []string{"scores", "times"}
	switch s.Kind {
	case "ags":
		key, err := rsaKey(in(s.KeyFile))
		if err == nil {
			err = addresses(s.Platform, s.TokenURL)
		}
		if err == nil && s.ClientID == "" {
			err = errors.New("client_id is missing")
		}
		return NewAGS(AGSConfig{Platform: s.Platform, TokenURL: s.TokenURL, ClientID: s.ClientID, KeyID: s.KeyID, Key: key}), both[:1], err
	case "moodle":
		secret, err := s.secret(in(s.SecretFile))
		return NewMoodle(s.URL, string(secret)), both[1:], errors.Join(err, addresses(s.URL))
	case "webhook":
		secret, err := s.secret(in(s.SecretFile))
		if err == nil && len(secret) < 16 {
			err = errors.New("the secret is shorter than 16 bytes")
		}
		return NewWebhook(Webhook{URL: s.URL, Secret: secret}), both, errors.Join(err, addresses(s.URL))
	case "csv":
		st, err := os.Stat(in(s.Dir))
		if err == nil && !st.IsDir() {
			err = fmt.Errorf("%s is no directory", s.Dir)
		}
		return &CSV{Dir: in(s.Dir)}, both, err
	}
	return nil, nil, fmt.Errorf("there is no kind %q", s.Kind)
}

// secret reads a token or key; a newline at its end is no part of it.
func (s SystemConfig) secret(path string) ([]byte, error) {
	var b []byte
	switch {
	case path != "" && s.SecretEnv == "":
		var err error
		if b, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	case s.SecretEnv != "" && path == "":
		b = []byte(os.Getenv(s.SecretEnv))
	default:
		return nil, errors.New("secret_file or secret_env must be given")
	}
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return nil, errors.New("the secret is empty")
	}
	return b, nil
}

// addresses refuses what is no web address, and secrets in the clear beyond
// this machine.
func addresses(list ...string) error {
	for _, a := range list {
		u, err := url.Parse(a)
		if err != nil || u.Host == "" || u.User != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) {
			return fmt.Errorf("%q is no address of a system", a)
		}
		if u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) {
			return fmt.Errorf("%q: http sends secrets in the clear; use https", a)
		}
	}
	return nil
}

func rsaKey(path string) (*rsa.PrivateKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("the key file is no PEM")
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := k.(*rsa.PrivateKey); err == nil && ok {
		return key, nil
	}
	return nil, errors.New("the key file holds no RSA private key")
}
