package deliver

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("lti.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	write("token", []byte("0123456789abcdef\n"))
	write("short", []byte("x"))
	load := func(text string) (Set, error) {
		write("systems.json", []byte(text))
		return Load(filepath.Join(dir, "systems.json"))
	}
	ags := `{"name":"lti","kind":"ags","platform":"https://m.kz","token_url":"https://m.kz/t","client_id":"c","key_id":"k","key_file":"lti.pem"}`
	moodle := `{"name":"moodle","kind":"moodle","url":"https://m.kz","secret_file":"token"}`
	set, err := load(`{"alarm_after":"1h","systems":[` + ags + `,` + moodle + `,{"name":"u","kind":"csv","dir":"."},
		{"name":"h","kind":"webhook","url":"http://localhost:1/x","secret_file":"token","does":["times"]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Default.Scores, []string{"lti", "u"}) || !slices.Equal(set.Default.Times, []string{"moodle", "u", "h"}) ||
		set.AlarmAfter != time.Hour || len(set.Systems) != 4 {
		t.Errorf("%+v", set)
	}
	if m := set.Systems["moodle"].(*Moodle); m.Token != "0123456789abcdef" {
		t.Errorf("the token is %q", m.Token)
	}
	for name, c := range map[string]struct{ text, says string }{
		"no JSON":       {`{`, "systems.json"},
		"unknown key":   {`{"sistems":[]}`, "sistems"},
		"unknown kind":  {`{"systems":[{"name":"x","kind":"fax"}]}`, "fax"},
		"twice":         {`{"systems":[` + moodle + `,` + moodle + `]}`, "name"},
		"hand":          {`{"systems":[{"name":"hand","kind":"csv","dir":"."}]}`, "hand"},
		"clear text":    {`{"systems":[{"name":"x","kind":"moodle","url":"http://m.kz","secret_file":"token"}]}`, "https"},
		"no secret":     {`{"systems":[{"name":"x","kind":"moodle","url":"https://m.kz"}]}`, "secret"},
		"short secret":  {`{"systems":[{"name":"x","kind":"webhook","url":"https://m.kz","secret_file":"short"}]}`, "16 bytes"},
		"no key":        {strings.Replace(`{"systems":[`+ags+`]}`, "lti.pem", "token", 1), "PEM"},
		"times by AGS":  {strings.Replace(`{"systems":[`+ags+`]}`, `"kind"`, `"does":["times"],"kind"`, 1), "times"},
		"no directory":  {`{"systems":[{"name":"x","kind":"csv","dir":"nowhere"}]}`, "nowhere"},
		"alarm at once": {`{"alarm_after":"1s"}`, "alarm_after"},
	} {
		if _, err := load(c.text); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
